import { createHash } from 'node:crypto';

/** Writes small etcd stores as bbolt lays them out, so that a test can plant one defect in one. */

const PAGE = 4096;
const ROWS_PER_LEAF = 3;

export interface RowSpec {
  main: number;
  sub?: number;
  key: string;
  value?: string;
  create?: number;
  mod?: number;
  version?: number;
  lease?: number;
  /** What the revision key says. */
  marked?: boolean;
  /** What the value says. */
  deletes?: boolean;
  /** Takes the place of the encoded KeyValue. */
  raw?: Buffer;
}

export interface StoreSpec {
  rows: RowSpec[];
  /** Bucket name → key → value; `key` is made of `rows`. */
  buckets?: Record<string, Record<string, string | Buffer>>;
  /** Free pages to store; undefined leaves the list out, as etcd on Linux does. */
  freelist?: number[];
  /** Pages at the end that nothing uses. */
  sparePages?: number;
}

type Rows = { key: Buffer; value: Buffer; isBucket?: boolean }[];

/** Two keys, one written twice, one deleted. */
export const HEALTHY_ROWS: readonly RowSpec[] = [
  { main: 2, key: '/a', value: 'one' },
  { main: 3, key: '/b', value: 'one' },
  { main: 4, key: '/a', value: 'two', create: 2, version: 2 },
  { main: 5, key: '/c', value: 'one' },
  { main: 5, sub: 1, key: '/d', value: 'one' },
  { main: 6, key: '/c', marked: true, deletes: true },
  { main: 7, key: '/e', value: 'one' },
];

/** The whole file, trailer included. */
export function saveFile(spec: StoreSpec): Buffer {
  return signed(databaseFile(spec));
}

export function signed(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** The file without a trailer. Pages: 2 root, 3 branch of bucket key, 4 … its leaves. */
export function databaseFile(spec: StoreSpec): Buffer {
  const pages: Buffer[] = [];
  const add = (page: Buffer) => pages.push(page) + 1;
  const rows = spec.rows.map(encodeRow);
  const leaves: Rows[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_LEAF)
    leaves.push(rows.slice(from, from + ROWS_PER_LEAF));
  const firstLeaf = 4;
  add(Buffer.alloc(PAGE));
  add(Buffer.alloc(PAGE));
  for (const leaf of leaves) add(leafPage(pages.length + 2, leaf));
  const children = leaves.map((leaf, index) => ({
    key: leaf[0]?.key ?? Buffer.alloc(0),
    page: firstLeaf + index,
  }));
  pages[1] = branchPage(3, children);
  const side = { meta: {}, ...spec.buckets };
  const top: Rows = Object.entries(side).map(([name, content]) => inlineBucket(name, content));
  top.push(
    leaves.length === 0
      ? inlineBucket('key', {})
      : { key: Buffer.from('key'), value: bucketHeader(3), isBucket: true },
  );
  pages[0] = leafPage(
    2,
    top.toSorted((a, b) => a.key.compare(b.key)),
  );
  let freelist = 0xffffffffffffffffn;
  if (spec.freelist) freelist = BigInt(add(freelistPage(pages.length + 2, spec.freelist)));
  for (let spare = 0; spare < (spec.sparePages ?? 0); spare += 1) add(Buffer.alloc(PAGE));
  const count = pages.length + 2;
  return Buffer.concat([
    metaPage(0, 9n, freelist, count),
    metaPage(1, 8n, freelist, count),
    ...pages,
  ]);
}

/** Changes one page in place. */
export function patched(file: Buffer, page: number, change: (page: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  change(copy.subarray(page * PAGE, (page + 1) * PAGE));
  return copy;
}

export function revisionBytes(main: number, sub = 0): Buffer {
  const bytes = Buffer.alloc(17);
  bytes.writeBigUInt64BE(BigInt(main), 0);
  bytes[8] = 0x5f;
  bytes.writeBigUInt64BE(BigInt(sub), 9);
  return bytes;
}

function encodeRow(row: RowSpec) {
  const revision = revisionBytes(row.main, row.sub ?? 0);
  const key = row.marked ? Buffer.concat([revision, Buffer.from('t')]) : revision;
  return { key, value: row.raw ?? encodeValue(row) };
}

function encodeValue(row: RowSpec): Buffer {
  const key = field(0x0a, Buffer.from(row.key));
  if (row.deletes) return key;
  return Buffer.concat([
    key,
    number(0x10, row.create ?? row.main),
    number(0x18, row.mod ?? row.main),
    number(0x20, row.version ?? 1),
    row.value ? field(0x2a, Buffer.from(row.value)) : Buffer.alloc(0),
    row.lease ? number(0x30, row.lease) : Buffer.alloc(0),
  ]);
}

export function number(tag: number, value: number): Buffer {
  const bytes = [tag];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function field(tag: number, content: Buffer): Buffer {
  return Buffer.concat([number(tag, content.length), content]);
}

function inlineBucket(name: string, content: Record<string, string | Buffer>) {
  const rows = Object.entries(content).map(([key, value]) => ({
    key: Buffer.from(key, 'latin1'),
    value: Buffer.from(value),
  }));
  const sorted = rows.toSorted((a, b) => a.key.compare(b.key));
  const value = Buffer.concat([bucketHeader(0), nodeBytes(0, 2, sorted)]);
  return { key: Buffer.from(name), value, isBucket: true };
}

function bucketHeader(root: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeBigUInt64LE(BigInt(root));
  return header;
}

function leafPage(id: number, rows: Rows): Buffer {
  return padded(nodeBytes(id, 2, rows));
}

function branchPage(id: number, children: { key: Buffer; page: number }[]): Buffer {
  const node = header(id, 1, children.length);
  let data = 16 + children.length * 16;
  const elements = children.map(({ key, page }, index) => {
    const element = Buffer.alloc(16);
    element.writeUInt32LE(data - (16 + index * 16), 0);
    element.writeUInt32LE(key.length, 4);
    element.writeBigUInt64LE(BigInt(page), 8);
    data += key.length;
    return element;
  });
  return padded(Buffer.concat([node, ...elements, ...children.map(({ key }) => key)]));
}

function nodeBytes(id: number, flags: number, rows: Rows): Buffer {
  let data = 16 + rows.length * 16;
  const elements = rows.map(({ key, value, isBucket }, index) => {
    const element = Buffer.alloc(16);
    element.writeUInt32LE(isBucket ? 1 : 0, 0);
    element.writeUInt32LE(data - (16 + index * 16), 4);
    element.writeUInt32LE(key.length, 8);
    element.writeUInt32LE(value.length, 12);
    data += key.length + value.length;
    return element;
  });
  const content = rows.flatMap(({ key, value }) => [key, value]);
  return Buffer.concat([header(id, flags, rows.length), ...elements, ...content]);
}

function freelistPage(id: number, ids: number[]): Buffer {
  const list = Buffer.alloc(ids.length * 8);
  for (const [index, free] of ids.entries()) list.writeBigUInt64LE(BigInt(free), index * 8);
  return padded(Buffer.concat([header(id, 0x10, ids.length), list]));
}

function metaPage(id: number, transaction: bigint, freelist: bigint, pageCount: number): Buffer {
  const meta = Buffer.alloc(64);
  meta.writeUInt32LE(0xed0cdaed, 0);
  meta.writeUInt32LE(2, 4);
  meta.writeUInt32LE(PAGE, 8);
  meta.writeBigUInt64LE(2n, 16);
  meta.writeBigUInt64LE(freelist, 32);
  meta.writeBigUInt64LE(BigInt(pageCount), 40);
  meta.writeBigUInt64LE(transaction, 48);
  meta.writeBigUInt64LE(fnv1a64(meta.subarray(0, 56)), 56);
  return padded(Buffer.concat([header(id, 4, 0), meta]));
}

function header(id: number, flags: number, count: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(id), 0);
  bytes.writeUInt16LE(flags, 8);
  bytes.writeUInt16LE(count, 10);
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  if (bytes.length > PAGE) throw new Error('more than one page');
  return Buffer.concat([bytes, Buffer.alloc(PAGE - bytes.length)]);
}

function fnv1a64(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
