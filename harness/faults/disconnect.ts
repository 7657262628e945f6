import { z } from 'zod';
import type { Fault } from './fault.ts';
import { sentence } from './host-state.ts';
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
    return {
      took: 'effect',
      evidence: sentence(hosts, 'is disconnected', 'are disconnected'),
      heal: async () => {
        for (const host of hosts) await network.reconnect(host);
      },
    };
  },
};
