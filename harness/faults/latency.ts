import { z } from 'zod';
import { roundTripMs } from './arrivals.ts';
import type { Fault } from './fault.ts';
import { otherHosts, sentence, witnessAmong } from './host-state.ts';
import { requireNetwork } from './partition.ts';

const parameters = z.strictObject({
  delayMs: z.int().positive().max(10_000).default(200),
  jitterMs: z.int().nonnegative().default(0).describe('The delay varies by so much either way'),
});

/** Everything that hosts send is late. */
export const latency: Fault<z.infer<typeof parameters>> = {
  name: 'latency',
  summary: 'makes everything that hosts send late',
  needs: ['latency'],
  parameters,
  inject: async ({ cluster, hosts, parameters: { delayMs, jitterMs } }) => {
    const network = requireNetwork(cluster);
    for (const host of hosts) await network.degrade(host, { delayMs, jitterMs });
    const [first = ''] = hosts;
    const witness = witnessAmong(cluster, otherHosts(cluster, [first])) ?? first;
    const measuredMs = await roundTripMs(cluster, first, witness);
    return {
      took: measuredMs >= delayMs - jitterMs ? 'effect' : 'no-effect',
      evidence: `${sentence(hosts, 'answers', 'answer')} ${delayMs} ms later; a round trip took ${measuredMs} ms`,
      heal: async () => {
        for (const host of hosts) await network.degrade(host, { delayMs: 0, jitterMs: 0 });
      },
    };
  },
};
