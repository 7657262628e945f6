import { type Probe, seen, throughEach } from './probe.ts';

/** Raised alarms, as each member knows them. Asking needs a quorum. */
export const alarms: Probe = {
  kind: 'alarms',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'alarms', at.members, async ({ etcd }, host) => [
      { kind: 'alarms', alarms: await etcd.alarms(), ...seen(at, host) },
    ]),
};
