import { join } from 'node:path';
import { packageRoot } from '../../support/package-root.ts';
import type { Engine } from '../container/engine.ts';
import { ensureImage, type ImageOptions } from '../container/ensure-image.ts';
import { imageContext } from '../container/image-context.ts';
import { pull } from './pull.ts';

const dockerfileFolder = join(packageRoot, 'ci/images/kind-load-balancer');

/**
 * The image that kind 0.30 starts before several control planes; the name is in its code.
 * https://github.com/kubernetes-sigs/kind/blob/v0.30.0/pkg/cluster/internal/loadbalancer/const.go
 */
const REPOSITORY = 'kindest/haproxy';
const TAG = 'v20230606-42a2262b';

/**
 * Sees to it that kind finds its load balancer: present, else from its registry, else made here under that name.
 * @throws DrillError as `ensureImage` does.
 */
export async function ensureLoadBalancerImage(
  engine: Engine,
  options: ImageOptions,
): Promise<void> {
  if ((await pull(engine, `${REPOSITORY}:${TAG}`, options.signal)) === undefined) return;
  const made = await ensureImage(
    'kind-load-balancer',
    await imageContext(dockerfileFolder, []),
    options,
  );
  await engine.getImage(made).tag({ repo: REPOSITORY, tag: TAG });
}
