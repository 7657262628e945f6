import { type Probe, throughEach } from './probe.ts';

/** Whom each member takes itself to be. */
export const memberStatus: Probe = {
  kind: 'member-status',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'member-status', at.members, async ({ status }) => [
      { kind: 'member-status', ...status },
    ]),
};
