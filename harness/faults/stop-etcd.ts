import { z } from 'zod';
import { isServiceActive, stopService } from '../targets/services.ts';
import { type Fault, nothingToHeal } from './fault.ts';
import { etcdEnds, runningHost, sentence } from './host-state.ts';

const parameters = z.strictObject({});

/** Stops etcd in an orderly way; the host stays up. */
export const stopEtcd: Fault<z.infer<typeof parameters>> = {
  name: 'stop-etcd',
  summary: 'stops etcd in an orderly way; the host stays up',
  needs: [],
  parameters,
  draw: { silences: true },
  inject: async ({ cluster, hosts }) => {
    const stopped = await Promise.all(
      hosts.map(async (name) => {
        const host = runningHost(cluster, name);
        await stopService(host, 'etcd');
        await etcdEnds(host);
        return !(await isServiceActive(host, 'etcd'));
      }),
    );
    return {
      took: stopped.every(Boolean) ? 'effect' : 'no-effect',
      evidence: `etcd of ${sentence(hosts, 'has stopped', 'have stopped')}`,
      heal: nothingToHeal,
    };
  },
};
