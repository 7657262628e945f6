import { BUCKET_FLAG, ELEMENT_WORDS, type LeafPage } from '../bolt/tree.ts';
import type { DamageLog } from '../damage.ts';
import { LiveKeys } from './live-keys.ts';
import { StoredRow } from './stored-row.ts';

const REVISION_BYTES = 17;
const SEPARATOR = 0x5f;
const TOMBSTONE_MARK = 0x74;
/** The store is at revision 1 before its first write. */
const FIRST_REVISION = 1;

/** From bucket `meta`. */
export interface Compaction {
  /** Older revisions that were replaced may be gone; 0 when the store was never compacted. */
  revision: number;
  /** Whether they are all gone. */
  finished: boolean;
}

/**
 * Folds the rows of bucket `key`, oldest first, into the keys that live at the end, and checks what
 * etcd guarantees about them (server/storage/mvcc): above the compacted revision no revision is
 * missing, and each row continues the version and the creation of the row before it.
 */
export class RevisionRows {
  readonly live = new LiveKeys();
  rows = 0;
  tombstones = 0;
  subRevisionRows = 0;
  /** Main revision of the last row; 0 when there is none. */
  revision = 0;
  /** The row that `snapshot restore --bump-revision` leaves: its revision and the jump to it. */
  marker: { revision: number; jump: number } | null = null;
  readonly #damage: DamageLog;
  readonly #compaction: Compaction;
  readonly #compacted: number;
  readonly #row = new StoredRow();
  #mainBefore = 0;
  #main = 0;
  #sub = -1;
  #tombstone = false;

  constructor(compaction: Compaction, damage: DamageLog) {
    this.#compaction = compaction;
    this.#compacted = compaction.revision;
    this.#damage = damage;
  }

  visitLeaf(leaf: LeafPage): void {
    const { bytes, words, table } = leaf;
    let key = leaf.dataStart;
    for (let index = 0; index < leaf.count; index += 1) {
      const element = table + index * ELEMENT_WORDS;
      const keyBytes = words[element + 2] ?? 0;
      const value = key + keyBytes;
      const end = value + (words[element + 3] ?? 0);
      this.rows += 1;
      if (words[element] === BUCKET_FLAG) this.#undecodable(leaf, index, 'is a bucket');
      else if (!this.#readRevision(bytes, key, keyBytes))
        this.#undecodable(leaf, index, 'has a key that is no revision');
      else if (!this.#row.decode(bytes, value, end))
        this.#undecodable(leaf, index, `(revision ${this.#main}) has an unreadable value`);
      else this.#visitRow(leaf, value, end);
      key = end;
    }
  }

  #undecodable(leaf: LeafPage, index: number, what: string): void {
    this.#damage.note('row-undecodable', `page ${leaf.page}`, `row ${index} ${what}`);
  }

  /** Takes main, sub and mark from a key of 8 bytes main, `_`, 8 bytes sub, and perhaps `t`. */
  #readRevision(bytes: Buffer, start: number, length: number): boolean {
    this.#tombstone = length === REVISION_BYTES + 1;
    if (length !== REVISION_BYTES && !this.#tombstone) return false;
    if (bytes[start + 8] !== SEPARATOR) return false;
    if (this.#tombstone && bytes[start + REVISION_BYTES] !== TOMBSTONE_MARK) return false;
    const main = bytes.readUInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4);
    const sub = bytes.readUInt32BE(start + 9) * 2 ** 32 + bytes.readUInt32BE(start + 13);
    this.#checkSequence(main, sub);
    this.#mainBefore = this.#main;
    this.#main = main;
    this.#sub = sub;
    this.revision = main;
    if (sub !== 0) this.subRevisionRows += 1;
    return true;
  }

  #checkSequence(main: number, sub: number): void {
    const before = Math.max(this.#main, this.#compacted, FIRST_REVISION);
    const follows = main === this.#main ? sub === this.#sub + 1 : main === before + 1 && sub === 0;
    if (!Number.isSafeInteger(main) || !Number.isSafeInteger(sub))
      this.#note('revision-out-of-range', main, 'the revision is beyond 2^53');
    else if (main < this.#main || (main === this.#main && sub <= this.#sub))
      this.#note('key-order', main, `the row comes after revision ${this.#rowBefore()}`);
    else if (main > this.#compacted && !follows)
      this.#note(
        'revision-gap',
        main,
        `revisions between it and ${this.#rowBefore()} are missing, and were never compacted`,
      );
  }

  #rowBefore(): string {
    return `${this.#main}/${Math.max(this.#sub, 0)}`;
  }

  #visitRow(leaf: LeafPage, start: number, end: number): void {
    const row = this.#row;
    if (start === end && !this.#tombstone) {
      this.#visitMarker();
      return;
    }
    const key = leaf.bytes.toString('latin1', row.keyStart, row.keyEnd);
    if (this.#tombstone || row.isKeyOnly) {
      this.#checkTombstone(row);
      this.#bury(key);
    } else {
      this.#checkRow(row);
      this.#put(key, leaf.filePosition + start, end - start);
      if (row.leaseStart > 0) this.live.attach(key, row.lease(leaf.bytes));
    }
  }

  #checkTombstone(row: StoredRow): void {
    if (!this.#tombstone)
      this.#note(
        'tombstone-without-mark',
        this.#main,
        'the row is a deletion without the mark of one',
      );
    else if (!row.isKeyOnly || row.keyStart === row.keyEnd)
      this.#note(
        'mark-without-tombstone',
        this.#main,
        'the row is marked as a deletion but holds a value',
      );
    if (this.#tombstone) this.tombstones += 1;
  }

  #visitMarker(): void {
    if (this.#main > this.#compacted)
      this.#note('row-undecodable', this.#main, 'the value of the row is empty');
    this.marker = { revision: this.#main, jump: this.#main - this.#mainBefore };
  }

  #checkRow(row: StoredRow): void {
    const { createRevision: created, modRevision: modified, version } = row;
    if (modified > Number.MAX_SAFE_INTEGER)
      this.#note('revision-out-of-range', this.#main, 'the revision in it is beyond 2^53');
    else if (modified !== this.#main)
      this.#note('revision-mismatch', this.#main, `the value of the row says revision ${modified}`);
    else if (created === 0 || created > modified || row.keyStart === row.keyEnd)
      this.#note(
        'revision-mismatch',
        this.#main,
        `the value of the row says created at ${created}`,
      );
    else if (
      version === 0 ||
      version > modified - created + 1 ||
      (version === 1) !== (created === modified)
    )
      this.#note('version-mismatch', this.#main, `version ${version}, created at ${created}`);
  }

  #put(key: string, position: number, length: number): void {
    const { version, createRevision } = this.#row;
    const slot = this.live.slotOf(key);
    if (slot === undefined) {
      if (version !== 1 && this.#main > this.#compacted)
        this.#note('version-mismatch', this.#main, `version ${version} of a key that did not live`);
      this.live.add(key, position, length, version, createRevision);
      return;
    }
    if (this.#main <= this.#compacted && this.#compaction.finished)
      this.#note('version-mismatch', this.#main, 'compaction had left one revision of its key');
    const continues =
      version === this.live.versionAt(slot) + 1 &&
      createRevision === this.live.createRevisionAt(slot);
    if (!continues && this.#main > this.#compacted)
      this.#note(
        'version-mismatch',
        this.#main,
        `version ${version} follows version ${this.live.versionAt(slot)} of the same key`,
      );
    this.live.replace(slot, position, length, version, createRevision);
  }

  #bury(key: string): void {
    if (this.live.remove(key) || this.#main <= this.#compacted) return;
    this.#note('tombstone-without-key', this.#main, 'the row deletes a key that did not live');
  }

  #note(code: Parameters<DamageLog['note']>[0], main: number, message: string): void {
    this.#damage.note(code, `bucket key, revision ${main}`, message);
  }
}
