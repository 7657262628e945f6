import { type Probe, seen, throughEach } from './probe.ts';

/**
 * Whether the members hold the same data: hashes are comparable at one revision only, and the
 * newest one that all of them have is the smallest that any of them names.
 */
export const revisionHash: Probe = {
  kind: 'revision-hash',
  needs: 'etcd',
  look(at) {
    const revisions = at.members.flatMap(({ up }) => (up === null ? [] : [up.revision]));
    const atRevision = Math.min(...revisions);
    return throughEach(at, 'revision-hash', at.members, async ({ etcd }, host) => [
      { kind: 'revision-hash', atRevision, ...(await etcd.hashKv(atRevision)), ...seen(at, host) },
    ]);
  },
};
