import { type Probe, seen, throughEach } from './probe.ts';

/**
 * Whom each member takes itself to be. Asked last, so that its revision is not behind any that the
 * other probes saw: a list with a higher resourceVersion is then from another world.
 */
export const memberStatus: Probe = {
  kind: 'member-status',
  needs: 'etcd',
  second: true,
  look: (at) =>
    throughEach(at, 'member-status', at.members, async ({ etcd }, host) => [
      { kind: 'member-status', ...(await etcd.status()), ...seen(at, host) },
    ]),
};
