import { z } from 'zod';
import type { Fault } from './fault.ts';
import { requireNetwork } from './partition.ts';

const parameters = z.strictObject({});

/** Another machine answers on the address of each host, as a new one does that was given a taken address. */
export const clashAddress: Fault<z.infer<typeof parameters>> = {
  name: 'clash-address',
  summary: "lets another machine answer on a host's address",
  needs: ['addresses'],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const network = requireNetwork(cluster);
    for (const host of hosts) await network.clash(host);
    const answering = await Promise.all(hosts.map((host) => network.whoAnswersAt(host)));
    const parts = hosts.map(
      (host, index) => `at the address of ${host} answers ${answering[index] ?? 'nobody'}`,
    );
    return {
      took: answering.every((who) => who === 'stranger') ? 'effect' : 'no-effect',
      evidence: parts.join(', '),
      heal: () => network.restoreAddresses(),
    };
  },
};
