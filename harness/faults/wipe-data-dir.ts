import { z } from 'zod';
import { type Fault, nothingToHeal } from './fault.ts';
import { killEtcd, sentence, wipeDataDir } from './host-state.ts';

const parameters = z.strictObject({});

/** Kills etcd and removes its data directory; the host stays up. */
export const wipeDataDirFault: Fault<z.infer<typeof parameters>> = {
  name: 'wipe-data-dir',
  summary: 'kills etcd and removes its data directory; the host stays up',
  needs: ['files'],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const gone = await Promise.all(
      hosts.map(async (name) => {
        await killEtcd(cluster, name);
        return wipeDataDir(cluster, name);
      }),
    );
    return {
      took: gone.every(Boolean) ? 'effect' : 'no-effect',
      evidence: `the data directory of ${sentence(hosts, 'is empty', 'are empty')}`,
      heal: nothingToHeal,
    };
  },
};
