import type { ByteSource } from '../byte-source.ts';
import type { LiveRow } from '../reading.ts';
import type { LiveKeys } from './live-keys.ts';
import { StoredRow } from './stored-row.ts';

const BUFFER_BYTES = 1 << 20;
/** Bytes between two live rows that are cheaper to read than to skip. */
const GAP_BYTES_MAX = 64 << 10;

/** Reads the newest row of every live key, in the order of the file, many with one read. */
export function visitLiveRows(
  source: ByteSource,
  live: LiveKeys,
  visit: (row: LiveRow) => void,
): void {
  const run = new Run(source, visit);
  live.eachPlace((position, length) => run.add(position, length));
  run.flush();
}

/** Places that are read together. */
class Run {
  readonly #source: ByteSource;
  readonly #visit: (row: LiveRow) => void;
  readonly #places: number[] = [];
  readonly #stored = new StoredRow();
  readonly #row: LiveRow;
  #buffer = Buffer.alloc(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  constructor(source: ByteSource, visit: (row: LiveRow) => void) {
    this.#source = source;
    this.#visit = visit;
    const none = Buffer.alloc(0);
    this.#row = {
      key: none,
      value: none,
      createRevision: 0,
      modRevision: 0,
      version: 0,
      lease: 0n,
    };
  }

  add(position: number, length: number): void {
    const fits =
      position >= this.#end &&
      position - this.#end <= GAP_BYTES_MAX &&
      position + length - this.#start <= this.#buffer.length;
    if (!fits) {
      this.flush();
      this.#start = position;
    }
    this.#places.push(position, length);
    this.#end = position + length;
  }

  flush(): void {
    const size = this.#end - this.#start;
    if (this.#places.length === 0) return;
    if (size > this.#buffer.length) this.#buffer = Buffer.alloc(size);
    this.#source.readInto(this.#buffer.subarray(0, size), this.#start);
    for (let index = 0; index < this.#places.length; index += 2) {
      const at = (this.#places[index] ?? 0) - this.#start;
      this.#visitRow(at, at + (this.#places[index + 1] ?? 0));
    }
    this.#places.length = 0;
  }

  #visitRow(start: number, end: number): void {
    const stored = this.#stored;
    const buffer = this.#buffer;
    // A marker row, or bytes that changed since they were checked.
    if (!stored.decode(buffer, start, end) || stored.keyStart === stored.keyEnd) return;
    const row = this.#row;
    row.key = buffer.subarray(stored.keyStart, stored.keyEnd);
    row.value = buffer.subarray(stored.valueStart, stored.valueEnd);
    row.createRevision = stored.createRevision;
    row.modRevision = stored.modRevision;
    row.version = stored.version;
    row.lease = stored.lease(buffer);
    this.#visit(row);
  }
}
