import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { ensureNodeImage } from '../../../harness/targets/kind/node-image.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { skipUnlessItIs } from '../turns.ts';

await requireTarget('kind');

const TIMEOUT_MS = 25 * 60_000;
const COMMAND_TIMEOUT_MS = 120_000;
const STAND_IN = join(packageRoot, 'ci/images/kind-node/files/kind/manifests/ingress.yaml');
const IMAGE = 'kubedrill-test/ingress:1';

test('an ingress controller of a manifest, with an image of its own, is there again on a rebuilt node', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  skipUnlessItIs('Tuesday', context);
  await using place = await workplace();
  const file = join(place.directory, 'ingress.yaml');
  const manifest = await readFile(STAND_IN, 'utf8');
  await writeFile(
    file,
    manifest
      .replace('image: kubedrill.local/web:1', `image: ${IMAGE}`)
      .replace('imagePullPolicy: Never', 'imagePullPolicy: IfNotPresent'),
  );
  await makeImage();
  try {
    const { record } = await drill(place, ['kubeadm-master-rebuild', '--ingress', file]);
    const [first] = record.drills;
    expect(first?.verdict, first?.reason).toBe('passed');
    expect(first?.rto?.ingressAnsweringMs).toBeGreaterThan(0);
    expect(first?.outages.map(({ probe }) => probe)).toContain('ingress');
  } finally {
    await docker('remove the image', `docker rmi --force ${IMAGE}`);
  }
});

/** From what the stand-in is made of: the node image holds it as a layer of an image of its own. */
async function makeImage(): Promise<void> {
  const { kubernetes, ...toolchain } = await resolveToolchain();
  if (kubernetes === undefined) throw new Error('the toolchain has no Kubernetes');
  const node = await ensureNodeImage({ ...toolchain, kubernetes }, { onProgress: () => {} });
  const layer = `
    cd /usr/local/lib/kubedrill/layers/blobs/sha256
    for blob in *; do
      if tar --list --file "$blob" ./usr/local/bin/ingress >/dev/null 2>&1; then exec cat "$blob"; fi
    done
    exit 1`;
  await docker(
    'make an image',
    `docker run --rm --entrypoint bash ${node} -c '${layer}' | docker import - ${IMAGE}`,
  );
}

async function docker(what: string, script: string): Promise<void> {
  const timeoutMs = COMMAND_TIMEOUT_MS;
  await runOrThrow(what, 'bash', ['-o', 'pipefail', '-c', script], { timeoutMs });
}
