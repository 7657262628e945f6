import { z } from 'zod';
import { arrivals } from './arrivals.ts';
import type { Fault } from './fault.ts';
import { otherHosts, sentence, witnessAmong } from './host-state.ts';
import { requireNetwork } from './partition.ts';

const PACKETS = 200;

const parameters = z.strictObject({
  percent: z.number().positive().max(100).default(20).describe('Of all that the host sends'),
});

/** A part of what hosts send is lost, at random. */
export const packetLoss: Fault<z.infer<typeof parameters>> = {
  name: 'packet-loss',
  summary: 'loses a part of what hosts send, at random',
  needs: ['packet-loss'],
  parameters,
  draw: { silences: false, parameters: (random) => ({ percent: 5 + random.below(40) }) },
  inject: async ({ cluster, hosts, parameters: { percent } }) => {
    const network = requireNetwork(cluster);
    for (const host of hosts) await network.degrade(host, { lossPercent: percent });
    const [first = ''] = hosts;
    const witness = witnessAmong(cluster, otherHosts(cluster, [first])) ?? first;
    const arrived = await arrivals(cluster, first, witness, PACKETS);
    return {
      took: arrived < PACKETS ? 'effect' : 'no-effect',
      evidence: `${sentence(hosts, 'loses', 'lose')} ${percent} % of what it sends: ${arrived} of ${PACKETS} packets arrived`,
      heal: async () => {
        for (const host of hosts) await network.degrade(host, { lossPercent: 0 });
      },
    };
  },
};
