import { z } from 'zod';
import { isServiceActive } from '../targets/services.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { killEtcd, runningHost, sentence } from './host-state.ts';

const parameters = z.strictObject({});

/** Ends etcd without a warning, as the kernel does when memory is short; the host stays up. */
export const killEtcdFault: Fault<z.infer<typeof parameters>> = {
  name: 'kill-etcd',
  summary: 'ends etcd without a warning; the host stays up',
  needs: [],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const gone = await Promise.all(
      hosts.map(async (name) => {
        await killEtcd(cluster, name);
        return !(await isServiceActive(runningHost(cluster, name), 'etcd'));
      }),
    );
    return {
      took: gone.every(Boolean) ? 'effect' : 'no-effect',
      evidence: `etcd of ${sentence(hosts, 'was killed', 'were killed')}`,
      heal: nothingToHeal,
    };
  },
};
