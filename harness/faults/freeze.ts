import { z } from 'zod';
import type { Fault } from './fault.ts';
import { freezeHost, sentence } from './host-state.ts';

const parameters = z.strictObject({});

/** Stops every process of hosts without their knowing, as a hung hypervisor does. */
export const freeze: Fault<z.infer<typeof parameters>> = {
  name: 'freeze',
  summary: 'stops every process of hosts without their knowing',
  needs: ['freeze'],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    for (const host of hosts) await freezeHost(cluster, host);
    return {
      took: hosts.every((host) => cluster.host(host).state === 'frozen') ? 'effect' : 'no-effect',
      evidence: sentence(hosts, 'is frozen', 'are frozen'),
      heal: async () => {
        for (const name of hosts) {
          const host = cluster.host(name);
          if (host.state === 'frozen') cluster.replace(await host.thaw());
        }
      },
    };
  },
};
