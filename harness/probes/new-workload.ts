import type { V1ReplicaSet } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { ensureCanaryNamespace } from '../kube/canary-namespace.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import { isNotFound } from '../kube/error.ts';
import type { KubeObject } from '../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../kube/resources.ts';
import type { NewWorkload } from '../model/observation.ts';
import { done, notYet, until } from '../support/until.ts';
import { type Looking, type Probe, problemOf, seen, unavailable } from './probe.ts';

/** Both controllers answer within half a second when they are well, on a busy machine within some. */
const WATCH_MS = 5000;
const specSchema = z.object({ nodeName: z.string().optional() }).default({});

/**
 * Whether controllers hear of what is new: a ReplicaSet of one pod that goes anywhere. No kubelet is
 * needed to see it, and nothing that came out of a backup can pretend it.
 */
export const newWorkload: Probe = {
  kind: 'new-workload',
  needs: 'kubernetes',
  async look(at) {
    if (!at.follows.includes('workload')) return [];
    const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
    if (api === undefined) {
      const host = at.apiServers[0]?.host ?? '';
      return [unavailable(at, 'new-workload', host, 'no API server answers')];
    }
    return [await look(at, api)];
  },
};

async function look(at: Looking, api: ApiServer): Promise<NewWorkload> {
  const resource = RESOURCES.replicaSets;
  const name = `fresh-${at.clock.nowMs()}`;
  const replicaSet = replicaSetOf(name);
  const outcome = (parts: Omit<NewWorkload, 'kind' | 'source' | 'atMs'>) => ({
    kind: 'new-workload' as const,
    ...parts,
    ...seen(at, api.host),
  });
  try {
    await api.create(resource, replicaSet).catch(async (thrown: unknown) => {
      if (!isNotFound(thrown)) throw thrown;
      await ensureCanaryNamespace(api);
      await api.create(resource, replicaSet);
    });
  } catch (thrown) {
    const createError = problemOf(thrown);
    return outcome({ createError, podAfterMs: null, nodeAfterMs: null, watchedMs: 0 });
  }
  const startMs = at.clock.monotonicMs();
  const sinceStart = () => Math.round(at.clock.monotonicMs() - startMs);
  const times = await follow(at, api, name, sinceStart);
  const watchedMs = sinceStart();
  await remove(api, name);
  return outcome({ createError: null, ...times, watchedMs });
}

function replicaSetOf(name: string): V1ReplicaSet & KubeObject {
  const resource = RESOURCES.replicaSets;
  const labels = { fresh: name };
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, namespace: CANARY_NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          // A node whose kubelet is away counts, too: it is the scheduler that is asked.
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'none', image: 'registry.invalid/none:1' }],
        },
      },
    },
  };
}

async function follow(
  at: Looking,
  api: ApiServer,
  name: string,
  sinceStart: () => number,
): Promise<Pick<NewWorkload, 'podAfterMs' | 'nodeAfterMs'>> {
  const times: Pick<NewWorkload, 'podAfterMs' | 'nodeAfterMs'> = {
    podAfterMs: null,
    nodeAfterMs: null,
  };
  await until(
    `the pod of ${name} has a node`,
    async () => {
      const [pod] = await podsOf(api, name);
      if (pod === undefined) return notYet('no pod');
      times.podAfterMs ??= sinceStart();
      if (specSchema.parse(pod.spec).nodeName === undefined) return notYet('no node');
      times.nodeAfterMs = sinceStart();
      return done(true);
    },
    { timeoutMs: WATCH_MS, intervalMs: 100, signal: at.signal, clock: at.clock },
  ).catch(() => undefined);
  return times;
}

/** Consistent: the cache may be what is stale. */
async function podsOf(api: ApiServer, name: string): Promise<KubeObject[]> {
  const pods: KubeObject[] = [];
  await api.list(RESOURCES.pods, {
    mode: 'consistent',
    namespace: CANARY_NAMESPACE,
    labelSelector: `fresh=${name}`,
    onItem: (pod) => void pods.push(pod),
  });
  return pods;
}

/** Garbage collection may be deaf as well. */
async function remove(api: ApiServer, name: string): Promise<void> {
  const pods = await podsOf(api, name).catch(() => []);
  await api.delete(RESOURCES.replicaSets, CANARY_NAMESPACE, name).catch(() => undefined);
  for (const { metadata } of pods)
    await api.delete(RESOURCES.pods, CANARY_NAMESPACE, metadata.name).catch(() => undefined);
}
