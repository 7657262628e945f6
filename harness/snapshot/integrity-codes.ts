import type { SnapshotCode, SnapshotCodeTable } from './code.ts';

const OTHER_BACKUP = 'do not restore it; take another backup of the same cluster';

const reject = (cure: string = OTHER_BACKUP): SnapshotCode => ({
  severity: 'error',
  verdict: 'reject',
  cure,
});
const suspect = (severity: 'error' | 'warning', cure: string): SnapshotCode => ({
  severity,
  verdict: 'suspect',
  cure,
});
const note = (cure: string): SnapshotCode => ({ severity: 'info', verdict: 'trusted', cure });

/** Is the file whole? One entry a code; the names are stable. */
export const INTEGRITY_CODES = {
  // the file and its trailer
  'not-a-database': reject('find the file that `etcdctl snapshot save` wrote'),
  truncated: reject('copy it again from where it was saved, or take another backup'),
  'odd-length': reject('copy it again from where it was saved, or take another backup'),
  'sha256-mismatch': reject('copy it again from where it was saved, or take another backup'),
  'sha256-missing': suspect(
    'warning',
    'save with `etcdctl snapshot save`; to restore this one: `etcdutl … --skip-hash-check`',
  ),
  'not-a-save': suspect(
    'warning',
    'save with `etcdctl snapshot save` instead of copying the data file of a running etcd',
  ),
  // bolt pages
  'meta-damaged': reject(),
  'page-corrupt': reject(),
  'page-element-outside': reject(),
  'page-referenced-twice': reject(),
  'page-in-use-is-free': reject(),
  'page-unreferenced': suspect('warning', '`etcdctl defrag` the member and save again'),
  'freelist-damaged': reject(),
  'key-order': reject(),
  'branch-key-mismatch': reject(),
  // etcd buckets and rows
  'bucket-missing': reject(),
  'bucket-unknown': suspect('warning', 'find out which program wrote the file'),
  'row-undecodable': reject(),
  'revision-mismatch': reject(),
  'revision-gap': reject(),
  'revision-out-of-range': reject(),
  'version-mismatch': reject(),
  'tombstone-without-key': reject(),
  'tombstone-without-mark': reject(),
  'mark-without-tombstone': reject(),
  'lease-missing': suspect(
    'warning',
    'these keys will never expire after a restore; delete them when their owner is gone',
  ),
  'ends-before-compaction': suspect(
    'warning',
    'right only when nothing but deletions came last; otherwise take another backup',
  ),
  compacted: note('nothing; older revisions cannot be asked for'),
  'bumped-revision': note(
    'nothing; bump again by a larger number when this file is restored (the clock in ms is one)',
  ),
} as const satisfies SnapshotCodeTable;

/** Whose data it is, and whether it is recent enough. */
export const IDENTITY_CODES = {
  'empty-store': suspect('warning', 'find out which etcd was asked for the backup'),
  'revision-too-low': reject('take the backup that was made after that revision'),
  'learner-left-over': note('nothing; a restore writes the member list anew'),
  'removed-member-present': suspect(
    'warning',
    'restore with `etcdutl snapshot restore` (3.5 or newer), which writes the member list anew',
  ),
  'default-identity': suspect(
    'warning',
    'restore with --name, --initial-cluster, --initial-advertise-peer-urls',
  ),
  'alarm-nospace': suspect(
    'error',
    'after the restore: `etcdctl compact`, `etcdctl defrag`, then `etcdctl alarm disarm`',
  ),
  'alarm-corrupt': suspect('error', 'take the backup from a member that raised no alarm'),
  'alarm-foreign': suspect('error', 'after the restore: `etcdctl alarm disarm`'),
  'auth-enabled': suspect(
    'warning',
    'have the credentials of user root at hand: they are needed after the restore',
  ),
  'version-newer': reject('restore with an etcd that is at least as new as the file'),
  'version-skipped': suspect(
    'warning',
    'restore with the version that wrote the file, then upgrade one minor version at a time',
  ),
} as const satisfies SnapshotCodeTable;
