import { isReady, type PodItem, podIpOf, podSchema, uidAtKubelet } from '../kube/pod-list.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ApiPod } from '../model/node-observation.ts';
import { type Probe, seen } from './probe.ts';
import { listAll, throughOne } from './through-one.ts';

/** Every pod as the API has it now. */
export const apiPods: Probe = {
  kind: 'api-pods',
  needs: 'nodes',
  look: (at) =>
    throughOne(at, 'api-pods', async (api) => {
      const items = await listAll(api, RESOURCES.pods);
      const pods = items.map((item) => podFrom(podSchema.parse(item)));
      return [{ kind: 'api-pods', pods, ...seen(at, api.host) }];
    }),
};

function podFrom(item: PodItem): ApiPod {
  const { metadata, spec, status } = item;
  const ports = spec.containers.flatMap((container) => container.ports);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: uidAtKubelet(item),
    node: spec.nodeName ?? null,
    phase: status.phase,
    ready: isReady(item),
    deleting: metadata.deletionTimestamp != null,
    podIp: podIpOf(item),
    hostNetwork: spec.hostNetwork,
    tcpPorts: ports
      .filter(({ protocol }) => protocol === 'TCP')
      .map(({ containerPort }) => containerPort),
    labels: metadata.labels,
  };
}
