import type { ApiServer } from '../kube/api-server.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import { RESOURCES } from '../kube/resources.ts';
import { environmentError } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import { configMap } from './application.ts';
import type { WriteContext } from './context.ts';
import { ObjectWriter } from './writer.ts';

/**
 * Waits until controllers have reacted and the caches of all API servers have seen the last write.
 * @returns the revision of that write.
 */
export async function settle(context: WriteContext): Promise<number> {
  const { apiServers } = context.connections;
  const [first] = apiServers;
  if (first === undefined) throw environmentError('populate', 'the cluster has no API server');
  if (context.controllers) await untilObserved(first, context.signal);
  const last = configMap(CANARY_NAMESPACE, 'last-written', {
    at: String(context.clock.nowMs()),
  });
  const writer = new ObjectWriter(apiServers, context.signal);
  await writer.create(last);
  const stored = await writer.replace(last);
  const revision = Number(stored.metadata.resourceVersion);
  await Promise.all(apiServers.map((server) => untilCached(server, revision, context.signal)));
  return revision;
}

function untilCached(
  server: ApiServer,
  revision: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const list = () =>
    server.list(RESOURCES.configMaps, {
      mode: 'cache',
      namespace: CANARY_NAMESPACE,
      onItem: () => undefined,
    });
  return until(
    `the cache of ${server.host} has revision ${revision}`,
    async () => {
      const seen = await list();
      return seen >= revision ? done(seen) : notYet(`revision ${seen}`);
    },
    { timeoutMs: 30_000, signal },
  );
}

async function untilObserved(server: ApiServer, signal: AbortSignal | undefined): Promise<void> {
  await until(
    'controller-manager has seen every Deployment',
    async () => {
      let unseen = 0;
      await server.list(RESOURCES.deployments, {
        mode: 'consistent',
        onItem: ({ metadata, status }) => {
          const { observedGeneration } = (status ?? {}) as { observedGeneration?: number };
          if (observedGeneration !== metadata.generation) unseen += 1;
        },
      });
      return unseen === 0 ? done(undefined) : notYet(`${unseen} not yet`);
    },
    { timeoutMs: 60_000, intervalMs: 200, signal },
  );
}
