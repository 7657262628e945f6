import { z } from 'zod';
import { type Fault, nothingToHeal } from './fault.ts';
import { isWithoutData, sentence, switchOff } from './host-state.ts';

const parameters = z.strictObject({});

/** Replaces hosts by blank machines of the same name and address. */
export const rebuildHost: Fault<z.infer<typeof parameters>> = {
  name: 'rebuild-host',
  summary: 'replaces hosts by blank machines with the same name and address',
  needs: ['rebuild'],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const blank = await Promise.all(
      hosts.map(async (host) => {
        cluster.replace(await (await switchOff(cluster, host)).rebuild());
        return isWithoutData(cluster, host);
      }),
    );
    return {
      took: blank.every(Boolean) ? 'effect' : 'no-effect',
      evidence: sentence(hosts, 'is a blank machine', 'are blank machines'),
      heal: nothingToHeal,
    };
  },
};
