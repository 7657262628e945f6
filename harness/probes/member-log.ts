import { isServiceActive, logTail } from '../targets/services.ts';
import { type Probe, seen, unavailable } from './probe.ts';

/** A panic is followed by the stack of its goroutine. */
const LINES = 80;

/** Of members that do not answer: what their program said last. Hosts that are down say nothing. */
export const memberLog: Probe = {
  kind: 'member-log',
  needs: 'etcd',
  look: async (at) => {
    const silent = at.members.filter(({ up }) => up === null);
    const looks = silent.map(async ({ host: name }) => {
      const host = at.hosts.find((each) => each.name === name);
      if (host?.state !== 'running') return [];
      try {
        const running = await isServiceActive(host, 'etcd');
        const end = running ? '' : await logTail(host, 'etcd', LINES);
        return [{ kind: 'member-log' as const, running, end, ...seen(at, name) }];
      } catch (thrown) {
        return [unavailable(at, 'member-log', name, String(thrown))];
      }
    });
    return (await Promise.all(looks)).flat();
  },
};
