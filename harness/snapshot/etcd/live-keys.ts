import { type DrillError, environmentError } from '../../support/errors.ts';

const FIRST_CAPACITY = 1024;
/** About 1 GB of memory; no known cluster has a tenth of it. */
const LIVE_KEYS_MAX = 8_000_000;
/** Enough for LIVE_KEYS_MAX. */
const SLOT_BITS = 24;

/**
 * The keys that live at the point up to which a snapshot was read. Flat arrays beside one map:
 * memory grows with the live keys, not with the revisions.
 */
export class LiveKeys {
  readonly #slots = new Map<string, number>();
  readonly #vacant: number[] = [];
  readonly #leases = new Map<number, bigint>();
  #used = 0;
  #positions = new Float64Array(FIRST_CAPACITY);
  #lengths = new Uint32Array(FIRST_CAPACITY);
  #versions = new Float64Array(FIRST_CAPACITY);
  #createRevisions = new Float64Array(FIRST_CAPACITY);

  get count(): number {
    return this.#slots.size;
  }

  /** The key's slot; undefined when it does not live. Slots are numbers below 2^32. */
  slotOf(key: string): number | undefined {
    return this.#slots.get(key);
  }

  versionAt(slot: number): number {
    return this.#versions[slot] ?? 0;
  }

  createRevisionAt(slot: number): number {
    return this.#createRevisions[slot] ?? 0;
  }

  /** @param position where the row's value starts in the file. */
  add(key: string, position: number, length: number, version: number, createRevision: number) {
    if (this.#slots.size === LIVE_KEYS_MAX) throw tooManyKeys();
    const slot = this.#vacant.pop() ?? this.#next();
    this.#slots.set(key, slot);
    this.replace(slot, position, length, version, createRevision);
  }

  replace(slot: number, position: number, length: number, version: number, created: number) {
    this.#positions[slot] = position;
    this.#lengths[slot] = length;
    this.#versions[slot] = version;
    this.#createRevisions[slot] = created;
    if (this.#leases.size > 0) this.#leases.delete(slot);
  }

  /** Says that the key just added or replaced ends with a lease. */
  attach(key: string, lease: bigint): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#leases.set(slot, lease);
  }

  /** Of every live key that has one. */
  leases(): Iterable<bigint> {
    return this.#leases.values();
  }

  remove(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    this.#leases.delete(slot);
    this.#vacant.push(slot);
    return true;
  }

  /** Visits every live row by its place in the file, in the order of the file. */
  eachPlace(visit: (position: number, length: number) => void): void {
    for (const slot of this.#inFileOrder())
      visit(this.#positions[slot] ?? 0, this.#lengths[slot] ?? 0);
  }

  /** Sorted natively: 40 bits of position (1 TB) and the slot together make one 64-bit number. */
  #inFileOrder(): Uint32Array {
    const slots = Uint32Array.from(this.#slots.values());
    const words = new Uint32Array(slots.length * 2);
    for (const [index, slot] of slots.entries()) {
      const position = this.#positions[slot] ?? 0;
      words[index * 2] = ((position % 256) << SLOT_BITS) | slot;
      words[index * 2 + 1] = Math.floor(position / 256);
    }
    new BigUint64Array(words.buffer).sort();
    for (let index = 0; index < slots.length; index += 1)
      slots[index] = (words[index * 2] ?? 0) & (2 ** SLOT_BITS - 1);
    return slots;
  }

  #next(): number {
    if (this.#used === this.#positions.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #grow(): void {
    const capacity = this.#used * 2;
    this.#positions = enlarged(this.#positions, new Float64Array(capacity));
    this.#lengths = enlarged(this.#lengths, new Uint32Array(capacity));
    this.#versions = enlarged(this.#versions, new Float64Array(capacity));
    this.#createRevisions = enlarged(this.#createRevisions, new Float64Array(capacity));
  }
}

function enlarged<T extends Float64Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function tooManyKeys(): DrillError {
  return environmentError(
    'hold the keys of the snapshot in memory',
    `it has more than ${LIVE_KEYS_MAX} live keys`,
    'etcdutl snapshot status',
  );
}
