import type { ApiServer } from '../kube/api-server.ts';
import { ensureCanaryNamespace } from '../kube/canary-namespace.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import { ApiError, isNotFound } from '../kube/error.ts';
import { refOf } from '../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../kube/resources.ts';
import type { FreshObject } from '../model/observation.ts';
import { done, notYet, until } from '../support/until.ts';
import { type Looking, type Probe, problemOf, seen, throughEach } from './probe.ts';

/** A sound cache shows a new object within milliseconds; a stale one does not for minutes. */
const POLL_MS = 2000;

/** Whether an object that is created now can be seen in the list of the API server that took it. */
export const freshObject: Probe = {
  kind: 'fresh-object',
  needs: 'kubernetes',
  look: (at) =>
    throughEach(at, 'fresh-object', at.apiServers, async ({ api }) => [
      await freshObjectIn(at, api, CANARY_NAMESPACE),
    ]),
};

/**
 * Makes a ConfigMap, looks for it, and removes it.
 * @param onLeft is told when it could not be removed; a drill's cluster goes with all that is in it.
 */
export async function freshObjectIn(
  at: Pick<Looking, 'clock' | 'signal'>,
  api: ApiServer,
  namespace: string,
  onLeft: (name: string, thrown: unknown) => void = () => undefined,
): Promise<FreshObject> {
  const resource = RESOURCES.configMaps;
  const name = `kubedrill-fresh-${api.host.replaceAll(/[^a-z0-9.-]/g, '-')}-${at.clock.nowMs()}`;
  const metadata = { name, namespace };
  const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  const outcome = (createError: string | null, listedAfterMs: number | null, polledMs: number) => ({
    kind: 'fresh-object' as const,
    object: refOf(resource, object),
    createError,
    listedAfterMs,
    polledMs,
    ...seen(at, api.host),
  });
  try {
    await api.create(resource, object).catch(async (thrown: unknown) => {
      if (namespace !== CANARY_NAMESPACE || !isNotFound(thrown)) throw thrown;
      await ensureCanaryNamespace(api);
      await api.create(resource, object);
    });
  } catch (thrown) {
    // A request that was given up may have been heard.
    if (!(thrown instanceof ApiError && thrown.definite))
      await api.delete(resource, namespace, name).catch((left: unknown) => onLeft(name, left));
    return outcome(problemOf(thrown), null, 0);
  }
  const startMs = at.clock.monotonicMs();
  const listedAfterMs = await untilListed(at, api, metadata).then(
    () => Math.round(at.clock.monotonicMs() - startMs),
    () => null,
  );
  const polledMs = Math.round(at.clock.monotonicMs() - startMs);
  await api.delete(resource, namespace, name).catch((thrown: unknown) => onLeft(name, thrown));
  return outcome(null, listedAfterMs, polledMs);
}

function untilListed(
  at: Pick<Looking, 'clock' | 'signal'>,
  api: ApiServer,
  { namespace, name }: { namespace: string; name: string },
): Promise<boolean> {
  return until(
    `${api.host} lists ${name}`,
    async () => {
      let listed = false;
      await api.list(RESOURCES.configMaps, {
        mode: 'cache',
        namespace,
        timeoutMs: POLL_MS,
        onItem: ({ metadata }) => {
          listed ||= metadata.name === name;
        },
      });
      return listed ? done(true) : notYet('not listed');
    },
    { timeoutMs: POLL_MS, intervalMs: 20, signal: at.signal, clock: at.clock },
  );
}
