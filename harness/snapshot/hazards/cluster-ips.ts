import type { Finding, ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import { append } from './append.ts';
import type { ClusterContent } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** Cluster IPs that two Services hold, or that are free for the next one to take. */
export const clusterIps: Hazard = (content) => {
  const holders = new Map<string, ObjectRef[]>();
  for (const { ref, value } of content.typed.services) {
    const { clusterIP, clusterIPs = [], type } = value.spec ?? {};
    if (type === 'ExternalName') continue;
    for (const ip of new Set([clusterIP ?? '', ...clusterIPs])) {
      if (ip !== '' && ip !== 'None') append(holders, ip, ref);
    }
  }
  return [...duplicates(holders), ...unallocated(content, holders)];
};

function duplicates(holders: ReadonlyMap<string, ObjectRef[]>): Finding[] {
  const twice = [...holders].filter(([, refs]) => refs.length > 1);
  if (twice.length === 0) return [];
  const objects = twice.flatMap(([, refs]) => refs);
  return [
    snapshotFinding('cluster-ip-duplicate', {
      message: `more than one Service has cluster IP ${enumerate(twice.map(([ip]) => ip))}`,
      where: placeOf(objects),
      objects,
    }),
  ];
}

/** From Kubernetes 1.33 on every cluster IP has an IPAddress object that names its Service. */
function unallocated(
  content: ClusterContent,
  holders: ReadonlyMap<string, ObjectRef[]>,
): Finding[] {
  const addresses = new Map(
    content.typed['networking.k8s.io/ipaddresses'].map(({ ref, value }) => [
      ref.name,
      `${value.spec?.parentRef?.namespace}/${value.spec?.parentRef?.name}`,
    ]),
  );
  if (addresses.size === 0) return [];
  const free = [...holders].filter(
    ([ip, refs]) =>
      !refs.some(({ namespace, name }) => addresses.get(ip) === `${namespace}/${name}`),
  );
  if (free.length === 0) return [];
  const objects = free.flatMap(([, refs]) => refs);
  return [
    snapshotFinding('cluster-ip-unallocated', {
      message: `cluster IP ${enumerate(free.map(([ip]) => ip))} is in use by a Service but not allocated to it: another Service may get it too`,
      where: placeOf(objects),
      objects,
    }),
  ];
}
