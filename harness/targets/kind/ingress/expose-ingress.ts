import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeEnding, lastLines } from '../../../exec/run.ts';
import { askWeb } from '../../../kube/ask-web.ts';
import { environmentError } from '../../../support/errors.ts';
import { packageRoot } from '../../../support/package-root.ts';
import { done, until } from '../../../support/until.ts';
import type { Cluster, IngressRoute, ProvisionContext } from '../../target.ts';
import type { IngressController } from './controller.ts';

const COMMAND_TIMEOUT_MS = 300_000;
const ANSWER_TIMEOUT_MS = 1000;
const READY_TIMEOUT_MS = 240_000;
/** In the node image made here: what an ingress controller leads to. */
const MANIFEST = '/kind/manifests/web.yaml';
const CERTIFICATE = '/root/shop.crt';
const NAMESPACE = 'web';

/** The hosts of the Ingress objects in the manifest. */
const ROUTES = [
  { hostName: 'shop.example.org', tls: false },
  { hostName: 'shop.example.org', tls: true },
  { hostName: 'plain.example.org', tls: false },
];

/**
 * Puts pods, Services and Ingress objects into the cluster and waits until each route leads to a pod.
 * @returns undefined where nothing serves Ingress objects: with `none`, and where the node image has nothing to lead to.
 * @throws DrillError (environment) when a route does not answer.
 */
export async function exposeIngress(
  cluster: Cluster,
  { signal, onWait }: Pick<ProvisionContext, 'signal' | 'onWait'>,
  controller: IngressController,
): Promise<readonly IngressRoute[] | undefined> {
  const { operator } = cluster;
  const shell = (script: string) =>
    operator.shell(script, {
      timeoutMs: COMMAND_TIMEOUT_MS,
      env: {
        ...{ MANIFEST, CERTIFICATE, CONTROLLER: controller.kind },
        ...cluster.variablesOf(operator.name),
      },
      input: controller.manifest,
    });
  if ((await shell('test -e "$MANIFEST"')).exitCode !== 0) return undefined;
  const script = await readFile(join(packageRoot, 'harness/targets/kind/rootfs/apply-web'), 'utf8');
  const applied = await shell(script);
  if (applied.exitCode !== 0) {
    throw environmentError(
      'put the pods behind an Ingress into the cluster',
      `${describeEnding(applied)}: ${lastLines(applied.stderr, 3)}`,
    );
  }
  if (controller.kind === 'none') return undefined;
  const authority = (await shell('cat "$CERTIFICATE"')).stdout;
  const addresses = cluster.hosts().map(({ address }) => address);
  const routes = ROUTES.map((route) => ({ ...route, addresses, authority, namespace: NAMESPACE }));
  await Promise.all(
    routes.map((route) => {
      const description = `${route.tls ? 'https' : 'http'}://${route.hostName} answers`;
      const onLook = (saw: string, waitedMs: number) => onWait(description, saw, waitedMs);
      const look = async () => done(await askWeb(route, ANSWER_TIMEOUT_MS));
      const timeoutMs = READY_TIMEOUT_MS;
      return until(description, look, { timeoutMs, intervalMs: 250, signal, onLook });
    }),
  );
  return routes;
}
