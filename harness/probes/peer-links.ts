import { type Probe, seen, throughEach } from './probe.ts';

/** Whom of the others each member has a working connection with. */
export const peerLinks: Probe = {
  kind: 'peer-links',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'peer-links', at.members, async ({ etcd }, host) => [
      { kind: 'peer-links', peers: await etcd.peerLinks(), ...seen(at, host) },
    ]),
};
