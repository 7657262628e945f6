import { type PodItem, podIpOf } from '../kube/pod-list.ts';
import type { KubeletPods } from '../model/node-observation.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';

/** What each kubelet thinks it runs, asked of itself. */
export const kubeletPods: Probe = {
  kind: 'kubelet-pods',
  needs: 'nodes',
  look: (at) =>
    Promise.all(
      at.nodes.map(async ({ host, kubelet }) => {
        try {
          return toldByKubelet(at, host, await kubelet.pods());
        } catch (thrown) {
          return unavailable(at, 'kubelet-pods', host, messageOf(thrown));
        }
      }),
    ),
};

/** The same, however it was asked. */
export function toldByKubelet(
  at: Pick<Looking, 'clock'>,
  host: string,
  items: readonly PodItem[],
): KubeletPods {
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
