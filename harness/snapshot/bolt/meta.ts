import type { ByteSource } from '../byte-source.ts';

/** A meta page of a bolt file, as far as a reader needs it. */
export interface BoltMeta {
  pageSize: number;
  rootPage: number;
  /** null when the free pages are not stored, which etcd on Linux asks for. */
  freelistPage: number | null;
  /** High-water mark: number of pages that the database has ever used. */
  pageCount: number;
  transaction: bigint;
}

export interface MetaPages {
  /** The one that counts: the valid one with the higher transaction. */
  active: BoltMeta;
  /** What is wrong with the other one, or with a page header. */
  damage: string[];
  /**
   * Whether both read as `snapshot save` writes them: the same root, meta 1 one transaction behind
   * meta 0 (bbolt, Tx.WriteTo). A daemon's own file practically never looks like that.
   */
  asSaved: boolean;
}

const HEADER_BYTES = 16;
const META_BYTES = 64;
const MAGIC = 0xed0cdaed;
const FORMAT_VERSION = 2;
const META_FLAG = 4;
const NOT_STORED = 0xffffffffffffffffn;
const PAGE_SIZES = Array.from({ length: 15 }, (_, exponent) => 1024 << exponent);

/** Reads both meta pages; null when neither is valid, so that the file is no bolt database. */
export function readMetaPages(source: ByteSource): MetaPages | null {
  const first = readMeta(source, 0);
  if (typeof first !== 'string') {
    const second = readMeta(source, first.pageSize);
    return weigh(first, second, headerDamage(source, first.pageSize));
  }
  for (const pageSize of PAGE_SIZES) {
    const second = readMeta(source, pageSize);
    if (typeof second === 'string' || second.pageSize !== pageSize) continue;
    return { active: second, damage: [`meta page 0 ${first}`], asSaved: false };
  }
  return null;
}

function weigh(first: BoltMeta, second: BoltMeta | string, damage: string[]): MetaPages {
  if (typeof second === 'string')
    return { active: first, damage: [...damage, `meta page 1 ${second}`], asSaved: false };
  const asSaved =
    first.transaction === second.transaction + 1n &&
    first.rootPage === second.rootPage &&
    first.pageCount === second.pageCount &&
    first.freelistPage === second.freelistPage;
  return { active: first.transaction >= second.transaction ? first : second, damage, asSaved };
}

function headerDamage(source: ByteSource, pageSize: number): string[] {
  const damage: string[] = [];
  for (const id of [0, 1]) {
    const header = bytesAt(source, id * pageSize, HEADER_BYTES);
    if (header === null) continue;
    const flags = header.readUInt16LE(8);
    if (Number(header.readBigUInt64LE(0)) !== id || flags !== META_FLAG)
      damage.push(`meta page ${id} has a header of another page`);
  }
  return damage;
}

/** The meta of the page at `position`, or what is wrong with it. */
function readMeta(source: ByteSource, position: number): BoltMeta | string {
  const bytes = bytesAt(source, position + HEADER_BYTES, META_BYTES);
  if (bytes === null) return 'is not in the file';
  if (bytes.readUInt32LE(0) !== MAGIC) return 'has no bolt magic';
  if (bytes.readUInt32LE(4) !== FORMAT_VERSION)
    return `has format version ${bytes.readUInt32LE(4)}, not ${FORMAT_VERSION}`;
  if (fnv1a64(bytes.subarray(0, 56)) !== bytes.readBigUInt64LE(56)) return 'has a wrong checksum';
  const pageSize = bytes.readUInt32LE(8);
  if (!PAGE_SIZES.includes(pageSize)) return `has page size ${pageSize}`;
  const freelist = bytes.readBigUInt64LE(32);
  return {
    pageSize,
    rootPage: Number(bytes.readBigUInt64LE(16)),
    freelistPage: freelist === NOT_STORED ? null : Number(freelist),
    pageCount: Number(bytes.readBigUInt64LE(40)),
    transaction: bytes.readBigUInt64LE(48),
  };
}

function bytesAt(source: ByteSource, position: number, length: number): Buffer | null {
  if (position + length > source.sizeBytes) return null;
  const bytes = Buffer.alloc(length);
  source.readInto(bytes, position);
  return bytes;
}

function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
