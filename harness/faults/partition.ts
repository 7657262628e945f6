import { z } from 'zod';
import { usageError } from '../support/errors.ts';
import type { Cluster, Network } from '../targets/target.ts';
import { fewestArrivals } from './arrivals.ts';
import type { Fault } from './fault.ts';
import { otherHosts, witnessAmong } from './host-state.ts';

const parameters = z.strictObject({
  groups: z
    .array(z.string())
    .min(2)
    .optional()
    .describe(
      'Hosts that still reach each other, each group joined by commas: ["etcd-1", "etcd-2,etcd-3"]; left out, the struck hosts are parted from the others, or all from each other',
    ),
});

/** Splits the network into groups of hosts that no longer reach each other. */
export const partition: Fault<z.infer<typeof parameters>> = {
  name: 'partition',
  summary: 'splits the network into groups that no longer reach each other',
  needs: ['partition'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { groups } }) => {
    const network = requireNetwork(cluster);
    const split =
      groups?.map((group) => hostsNamedIn(cluster, group)) ??
      parted(hosts, otherHosts(cluster, hosts));
    await network.partition(split);
    const heads = split.flatMap((group) => witnessAmong(cluster, group) ?? []);
    const through = await Promise.all(
      heads.flatMap((head, index) => {
        const next = heads[(index + 1) % heads.length];
        return next === undefined || next === head ? [] : [fewestArrivals(cluster, head, next)];
      }),
    );
    return {
      took: through.every((arrived) => arrived === 0) ? 'effect' : 'no-effect',
      evidence: `the network is split: ${split.map((group) => group.join(',')).join(' | ')}`,
      heal: () => network.heal(),
    };
  },
};

/** The struck hosts on one side; where there is no other side, each for itself. */
function parted(hosts: readonly string[], others: readonly string[]): (readonly string[])[] {
  return others.length > 0 ? [hosts, others] : hosts.map((host) => [host]);
}

/** `etcd-2, etcd-3` → its hosts. @throws DrillError (usage) for a host that there is not. */
export function hostsNamedIn(cluster: Cluster, group: string): string[] {
  const named = group.split(',').map((host) => host.trim());
  const known = cluster.hosts().map(({ name }) => name);
  const unknown = named.find((host) => !known.includes(host));
  if (unknown === undefined) return named;
  throw usageError(
    'choose the hosts of a fault',
    `there is no host ${unknown}; this drill has ${known.join(', ')}`,
  );
}

export function requireNetwork(cluster: Cluster): Network {
  if (!cluster.network) throw new Error(`target ${cluster.target} cannot cut its network`);
  return cluster.network;
}
