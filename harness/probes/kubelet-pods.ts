import type { ApiServer } from '../kube/api-server.ts';
import { type PodItem, podIpOf, podListSchema } from '../kube/pod-list.ts';
import type { KubeletPods } from '../model/node-observation.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';

/**
 * What each kubelet thinks it runs, asked of itself; by way of an API server where a cluster is somebody else's
 * and its nodes may not be reached from here.
 */
export const kubeletPods: Probe = {
  kind: 'kubelet-pods',
  needs: 'nodes',
  look: (at) =>
    Promise.all(
      at.nodes.map(async ({ host, kubelet, running }) => {
        try {
          return told(at, host, await kubelet.pods());
        } catch (thrown) {
          const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
          const items = running ? undefined : await throughApi(api, host);
          if (items) return told(at, host, items);
          return unavailable(at, 'kubelet-pods', host, messageOf(thrown));
        }
      }),
    ),
};

async function throughApi(
  api: ApiServer | undefined,
  node: string,
): Promise<PodItem[] | undefined> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/pods`;
  const list = await api?.json('GET', path).catch(() => undefined);
  return list === undefined ? undefined : (podListSchema.parse(list).items ?? []);
}

function told(at: Looking, host: string, items: readonly PodItem[]): KubeletPods {
  const pods = items.map((item) => ({
    namespace: item.metadata.namespace,
    name: item.metadata.name,
    uid: item.metadata.uid,
    podIp: podIpOf(item),
    deleting: item.metadata.deletionTimestamp != null,
    startedAtMs: newestStart(item),
  }));
  return { kind: 'kubelet-pods', pods, ...seen(at, host) };
}

function newestStart({ status }: PodItem): number | null {
  const starts = status.containerStatuses.flatMap(({ state }) =>
    state.running?.startedAt ? [Date.parse(state.running.startedAt)] : [],
  );
  return starts.length === 0 ? null : Math.max(...starts);
}
