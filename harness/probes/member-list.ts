import { type Probe, seen, throughEach } from './probe.ts';

/** Whom each member takes the others to be, without asking them. */
export const memberList: Probe = {
  kind: 'member-list',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'member-list', at.members, async ({ etcd }, host) => [
      { kind: 'member-list', ...(await etcd.memberList()), ...seen(at, host) },
    ]),
};
