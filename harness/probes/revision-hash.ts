import { type Probe, seen, throughEach } from './probe.ts';

/**
 * Whether the members hold the same data: hashes are comparable at one revision only, and the
 * newest one that all of them have is the smallest that any of them names. It is asked for after
 * the canaries: members of different snapshots agree about what they have in common, and differ at
 * the first revision that was written to both.
 */
export const revisionHash: Probe = {
  kind: 'revision-hash',
  needs: 'etcd',
  second: true,
  async look(at) {
    const statuses = await Promise.allSettled(
      at.members.flatMap(({ up }) => (up === null ? [] : [up.etcd.status()])),
    );
    const revisions = statuses.flatMap((status) =>
      status.status === 'fulfilled' ? [status.value.revision] : [],
    );
    const atRevision = Math.min(...revisions);
    return throughEach(at, 'revision-hash', at.members, async ({ etcd }, host) => [
      { kind: 'revision-hash', atRevision, ...(await etcd.hashKv(atRevision)), ...seen(at, host) },
    ]);
  },
};
