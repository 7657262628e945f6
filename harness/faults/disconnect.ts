import { z } from 'zod';
import type { Cluster } from '../targets/target.ts';
import { fewestArrivals } from './arrivals.ts';
import type { Fault } from './fault.ts';
import { otherHosts, sentence, witnessAmong } from './host-state.ts';
import { requireNetwork } from './partition.ts';

const parameters = z.strictObject({});

/** Pulls the network cable of hosts. */
export const disconnect: Fault<z.infer<typeof parameters>> = {
  name: 'disconnect',
  summary: 'pulls the network cable of hosts',
  needs: ['disconnect'],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const network = requireNetwork(cluster);
    for (const host of hosts) await network.disconnect(host);
    const through = await Promise.all(hosts.map((host) => arrivingAt(cluster, host)));
    return {
      took: through.every((arrived) => arrived === 0) ? 'effect' : 'no-effect',
      evidence: sentence(hosts, 'is disconnected', 'are disconnected'),
      heal: async () => {
        for (const host of hosts) await network.reconnect(host);
      },
    };
  },
};

/** How many packets another host gets through; none where there is nobody to try it. */
async function arrivingAt(cluster: Cluster, host: string): Promise<number> {
  const witness = witnessAmong(cluster, otherHosts(cluster, [host]));
  const reachable = witnessAmong(cluster, [host]);
  if (witness === undefined || reachable === undefined) return 0;
  return fewestArrivals(cluster, witness, reachable);
}
