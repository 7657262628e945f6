import { z } from 'zod';
import { type Fault, nothingToHeal } from './fault.ts';
import { sentence, switchOff, wipeDataDir } from './host-state.ts';

const parameters = z.strictObject({
  wipe: z.boolean().default(false).describe('The data directory is lost with the host'),
});

/** Cuts the power of hosts; with `wipe` their etcd data is gone too. */
export const powerOff: Fault<z.infer<typeof parameters>> = {
  name: 'power-off',
  summary: 'cuts the power of hosts, with or without their etcd data',
  needs: ['power'],
  parameters,
  draw: {
    silences: true,
    parameters: (random) => ({ wipe: random.pick([true, false]) }),
  },
  inject: async ({ cluster, hosts, parameters: { wipe } }) => {
    await Promise.all(
      hosts.map(async (host) => {
        await switchOff(cluster, host);
        if (wipe) await wipeDataDir(cluster, host);
      }),
    );
    const off = hosts.filter((host) => cluster.host(host).state === 'powered-off');
    return {
      took: off.length === hosts.length ? 'effect' : 'no-effect',
      evidence: sentence(off, 'is off', 'are off') + (wipe ? ', data directories wiped' : ''),
      heal: nothingToHeal,
    };
  },
};
