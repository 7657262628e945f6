import type { MetaPages } from './bolt/meta.ts';
import type { ByteSource } from './byte-source.ts';
import type { SnapshotCodeName } from './codes.ts';
import type { DamageLog } from './damage.ts';
import type { StoreContent } from './etcd/store.ts';
import { looksLike } from './looks-like.ts';
import type { SnapshotTrailer } from './reading.ts';

const HEAD_BYTES = 512;

/** What is seen anyway when rows cannot be reached: their page's finding says it. */
const CONSEQUENCES: readonly SnapshotCodeName[] = [
  'revision-gap',
  'version-mismatch',
  'tombstone-without-key',
  'lease-missing',
  'bucket-missing',
  'ends-before-compaction',
];

/** Says why a file is no database. */
export function noteWhatItIs(source: ByteSource, damage: DamageLog): void {
  const head = Buffer.alloc(Math.min(HEAD_BYTES, source.sizeBytes));
  source.readInto(head, 0);
  const guess = looksLike(head);
  const message =
    head.length === 0
      ? 'the file is empty'
      : `neither meta page of a bolt database is valid${guess ? `; it looks like ${guess}` : ''}`;
  damage.note('not-a-database', 'first page', message);
}

/** Compares the size of the file with what its meta pages say. */
export function noteShape(metas: MetaPages, bodyBytes: number, damage: DamageLog): void {
  const { pageSize, pageCount } = metas.active;
  const expected = pageCount * pageSize;
  const whole = bodyBytes % pageSize === 0 ? '' : ', and not a whole number of pages';
  if (bodyBytes < expected)
    damage.note(
      'truncated',
      `byte ${bodyBytes}`,
      `${bodyBytes} of ${expected} bytes are there (${pageCount} pages of ${pageSize})${whole}`,
    );
  else if (whole !== '')
    damage.note(
      'odd-length',
      `byte ${bodyBytes}`,
      `${bodyBytes} bytes is no whole number of pages`,
    );
  for (const what of metas.damage)
    if (bodyBytes >= 2 * pageSize) damage.note('meta-damaged', 'meta pages', what);
}

/** What the rows as a whole say; drops what only follows from rows that could not be reached. */
export function noteStore(content: StoreContent, complete: boolean, damage: DamageLog): void {
  const { marker } = content.revisions;
  const { identity } = content;
  noteMissingLeases(content, damage);
  noteEnd(content, damage);
  if (!complete) damage.forget(CONSEQUENCES);
  const compacted = identity.finishedCompactRevision ?? identity.scheduledCompactRevision;
  if (marker !== null)
    damage.note(
      'bumped-revision',
      `bucket key, revision ${marker.revision}`,
      `a restore raised the revision by ${marker.jump} to ${marker.revision}`,
    );
  if (compacted !== null)
    damage.note('compacted', 'bucket meta', `history up to revision ${compacted} is gone`);
}

/**
 * Compaction leaves the newest row of what lives. Only a deletion that came last may be gone, and etcd
 * since 3.5.16 keeps that too (https://github.com/etcd-io/etcd/pull/18274); some versions lose more
 * (https://github.com/etcd-io/etcd/issues/22376).
 */
function noteEnd({ revisions, identity }: StoreContent, damage: DamageLog): void {
  const compacted = identity.finishedCompactRevision ?? 0;
  if (revisions.revision < compacted)
    damage.note(
      'ends-before-compaction',
      `bucket key, revision ${revisions.revision}`,
      `the last row is older than the compacted revision ${compacted}`,
    );
}

function noteMissingLeases({ revisions, identity }: StoreContent, damage: DamageLog): void {
  const known = new Set(identity.leases.map(({ id }) => id));
  for (const lease of revisions.live.leases()) {
    const id = lease.toString(16).padStart(16, '0');
    if (!known.has(id))
      damage.note('lease-missing', `lease ${id}`, 'a live key ends with a lease that is not there');
  }
}

/** What the trailer, and the way the file was made, say. */
export function noteOrigin(trailer: SnapshotTrailer, asSaved: boolean, damage: DamageLog): void {
  if (!trailer.present)
    damage.note(
      'sha256-missing',
      'end of file',
      'there is no SHA-256 behind the last page: nothing proves that the bytes are what etcd sent',
    );
  if (trailer.valid === false)
    damage.note(
      'sha256-mismatch',
      'last 32 bytes',
      'the last 32 bytes are not the SHA-256 of what precedes them',
    );
  if (!asSaved)
    damage.note(
      'not-a-save',
      'meta pages',
      'a data file of a running etcd, copied instead of saved: the newest writes may be missing',
    );
}
