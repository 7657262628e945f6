import type { LeafPage } from '../bolt/tree.ts';
import { ELEMENT_WORDS } from '../bolt/tree.ts';
import type { KeyRevision } from '../reading.ts';
import { StoredRow } from './stored-row.ts';

const REVISION_BYTES = 17;

/** Collects the rows of one key from the leaves of bucket `key`. */
export class KeyHistory {
  readonly revisions: KeyRevision[] = [];
  readonly #key: Uint8Array;
  readonly #row = new StoredRow();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  visitLeaf({ bytes, words, table, count, dataStart }: LeafPage): void {
    let at = dataStart;
    for (let index = 0; index < count; index += 1) {
      const element = table + index * ELEMENT_WORDS;
      const value = at + (words[element + 2] ?? 0);
      const end = value + (words[element + 3] ?? 0);
      if (value - at >= REVISION_BYTES && this.#row.decode(bytes, value, end))
        this.#visitRow(bytes, at, value - at > REVISION_BYTES);
      at = end;
    }
  }

  #visitRow(bytes: Buffer, key: number, tombstone: boolean): void {
    const row = this.#row;
    const same = bytes.compare(this.#key, 0, this.#key.length, row.keyStart, row.keyEnd) === 0;
    if (!same || row.keyStart === row.keyEnd) return;
    this.revisions.push({
      mainRevision: Number(bytes.readBigUInt64BE(key)),
      subRevision: Number(bytes.readBigUInt64BE(key + 9)),
      tombstone,
      createRevision: row.createRevision,
      version: row.version,
      lease: row.lease(bytes),
      value: Uint8Array.from(bytes.subarray(row.valueStart, row.valueEnd)),
    });
  }
}
