import type { Finding, ObjectRef } from '../../model/finding.ts';
import { append } from './append.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { type Holders, heldTwice, notAllocated } from './held-once.ts';

/** Cluster IPs that two Services hold, or that are free for the next one to take. */
export const clusterIps: Hazard = (content) => {
  const holders: Holders = new Map();
  for (const { ref, value } of content.typed.services) {
    const { clusterIP, clusterIPs = [], type } = value.spec ?? {};
    if (type === 'ExternalName') continue;
    for (const ip of new Set([clusterIP ?? '', ...clusterIPs])) {
      if (ip !== '' && ip !== 'None') append(holders, ip, ref);
    }
  }
  return [
    ...heldTwice('cluster-ip-duplicate', 'cluster IP', holders),
    ...unallocated(content, holders),
  ];
};

/** From Kubernetes 1.33 on every cluster IP has an IPAddress object that names its Service. */
function unallocated(content: ClusterContent, holders: Holders): Finding[] {
  const addresses = new Map(
    content.typed['networking.k8s.io/ipaddresses'].map(({ ref, value }) => [
      ref.name,
      `${value.spec?.parentRef?.namespace}/${value.spec?.parentRef?.name}`,
    ]),
  );
  if (addresses.size === 0) return [];
  const isAllocated = (ip: string, refs: readonly ObjectRef[]) =>
    refs.some(({ namespace, name }) => addresses.get(ip) === `${namespace}/${name}`);
  return notAllocated(
    'cluster-ip-unallocated',
    holders,
    isAllocated,
    (ips) => `cluster IP ${ips} is in use by a Service but not allocated to it`,
  );
}
