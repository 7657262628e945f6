import type { DamageLog } from '../damage.ts';
import type { PageWindow } from './page-window.ts';

/**
 * A leaf page whose header and element table were found sound: its rows lie one after the other
 * (key, value, key, value …) from `dataStart` to `dataEnd`. Used again for the next leaf.
 */
export interface LeafPage {
  page: number;
  bytes: Buffer;
  words: Uint32Array;
  /** Where `bytes` starts in the file. */
  filePosition: number;
  /** Index in `words` of the first element: flags, pos, key size, value size. */
  table: number;
  count: number;
  dataStart: number;
  dataEnd: number;
}

export type LeafVisitor = (leaf: LeafPage) => void;

export const BUCKET_FLAG = 1;
export const ELEMENT_WORDS = 4;

const HEADER_BYTES = 16;
const ELEMENT_BYTES = 16;
const BRANCH = 1;
const LEAF = 2;
const DEPTH_MAX = 40;
/** Enough for the start of whatever was cut off: fields of a row do not begin with zeros. */
const REMAINDER_BYTES = 8;
/**
 * Far above what etcd can write (four rows of the largest request); bounds what one page can cost.
 */
const PAGE_BYTES_MAX = 64 << 20;

interface Branch {
  bytes: Buffer;
  children: { page: number; keyStart: number; keyEnd: number }[];
}

/**
 * Walks bolt's trees leaf by leaf in key order. Whatever does not look as bbolt writes it is noted,
 * and what hangs on it is left out (`complete` is false then); each page is visited at most once.
 */
export class BoltTree {
  /** Whether everything that was walked could be read. */
  complete = true;
  readonly #windows: PageWindow;
  readonly #pageSize: number;
  readonly #pageCount: number;
  readonly #damage: DamageLog;
  readonly #referenced: Uint8Array;
  readonly #leaf: LeafPage;
  #visit: LeafVisitor = () => undefined;

  /** @param pageCount the database's high-water mark; the file may have fewer pages. */
  constructor(windows: PageWindow, pageSize: number, pageCount: number, damage: DamageLog) {
    this.#windows = windows;
    this.#pageSize = pageSize;
    this.#pageCount = pageCount;
    this.#damage = damage;
    this.#referenced = new Uint8Array(Math.min(pageCount, windows.pageCount));
    this.#referenced.fill(1, 0, 2);
    const none = Buffer.alloc(0);
    this.#leaf = {
      page: 0,
      bytes: none,
      words: new Uint32Array(0),
      filePosition: 0,
      table: 0,
      count: 0,
      dataStart: 0,
      dataEnd: 0,
    };
  }

  /** Whether a walked tree uses the page; the two meta pages count as used. */
  isReferenced(page: number): boolean {
    return this.#referenced[page] === 1;
  }

  /** Marks pages that no tree holds (the freelist); false when one of them is in use already. */
  reference(page: number, pages: number): boolean {
    for (let id = page; id < page + pages; id += 1) if (this.#referenced[id] === 1) return false;
    this.#referenced.fill(1, page, page + pages);
    return true;
  }

  walk(rootPage: number, visit: LeafVisitor): void {
    this.#visit = visit;
    this.#walkPage(rootPage, 0, null);
  }

  /** Visits the leaf that is stored inside a bucket's value instead of on a page of its own. */
  walkInline(stored: Uint8Array, filePosition: number, visit: LeafVisitor): void {
    // Copied, because words have to be aligned.
    const memory = new ArrayBuffer((stored.length + 3) & ~3);
    const bytes = Buffer.from(memory, 0, stored.length);
    bytes.set(stored);
    const where = `inline bucket at byte ${filePosition}`;
    if (bytes.length < HEADER_BYTES || !isInlineHeader(bytes)) {
      this.#corrupt(where, 'the inline bucket does not start with the header of an inline page');
      return;
    }
    Object.assign(this.#leaf, { page: 0, bytes, words: new Uint32Array(memory), filePosition });
    const used = this.#readTable(this.#leaf, 0, bytes.length, where);
    if (used === null) return;
    if (used === bytes.length) visit(this.#leaf);
    else
      this.#corrupt(where, `the rows of the inline bucket take ${used} of ${bytes.length} bytes`);
  }

  #walkPage(page: number, depth: number, firstKey: Buffer | null): void {
    const pages = this.#claim(page, depth);
    if (pages === null) return;
    const held = this.#windows.load(page, pages);
    const { bytes, start } = held;
    if (bytes.readUInt16LE(start + 8) === LEAF) {
      const leaf = this.#leaf;
      leaf.page = page;
      leaf.bytes = bytes;
      leaf.words = held.words;
      leaf.filePosition = held.filePosition;
      if (this.#readLeaf(leaf, start, pages, firstKey)) this.#visit(leaf);
      return;
    }
    const branch = this.#readBranch(page, bytes, start, pages, firstKey);
    if (branch === null) return;
    for (const { page: child, keyStart, keyEnd } of branch.children)
      this.#walkPage(child, depth + 1, branch.bytes.subarray(keyStart, keyEnd));
  }

  /**
   * Checks reference and header; the number of pages it takes, or null when it cannot be walked.
   */
  #claim(page: number, depth: number): number | null {
    const where = `page ${page}`;
    if (page < 2 || page >= this.#pageCount)
      return this.#fail(where, `a page refers to this one, but pages end at ${this.#pageCount}`);
    if (page >= this.#windows.pageCount) return this.#missing();
    if (depth > DEPTH_MAX) return this.#fail(where, `the page lies ${depth} levels deep`);
    const { bytes, start } = this.#windows.load(page, 1);
    const pages = this.#headerPages(page, bytes, start);
    if (pages === null) return null;
    if (page + pages > this.#pageCount)
      return this.#fail(
        where,
        `the page takes ${pages} pages, but pages end at ${this.#pageCount}`,
      );
    if (page + pages > this.#windows.pageCount) return this.#missing();
    if (!this.reference(page, pages)) {
      this.complete = false;
      this.#damage.note(
        'page-referenced-twice',
        where,
        'two places of the trees refer to the page',
      );
      return null;
    }
    return pages;
  }

  #headerPages(page: number, bytes: Buffer, start: number): number | null {
    const where = `page ${page}`;
    const id = bytes.readUInt32LE(start) + bytes.readUInt32LE(start + 4) * 2 ** 32;
    const flags = bytes.readUInt16LE(start + 8);
    if (id !== page) {
      const zeros = bytes.subarray(start, start + this.#pageSize).every((byte) => byte === 0);
      return this.#fail(where, zeros ? 'the page is all zeros' : `the page carries the id ${id}`);
    }
    if (flags !== BRANCH && flags !== LEAF)
      return this.#fail(where, `the page has the unexpected flags 0x${flags.toString(16)}`);
    const pages = bytes.readUInt32LE(start + 12) + 1;
    if (pages * this.#pageSize > PAGE_BYTES_MAX)
      return this.#fail(where, `the page claims ${pages} pages, more than etcd can write`);
    return pages;
  }

  #readLeaf(leaf: LeafPage, start: number, pages: number, firstKey: Buffer | null): boolean {
    const where = `page ${leaf.page}`;
    const used = this.#readTable(leaf, start, start + pages * this.#pageSize, where);
    if (used === null || !this.#fills(where, used, pages)) return false;
    if (!this.#endsIn(leaf.bytes, start + used, start + pages * this.#pageSize, where))
      return false;
    if (leaf.count === 0) {
      this.#corrupt(where, 'the page is a leaf without rows');
      return false;
    }
    if (firstKey === null) return true;
    const keyEnd = leaf.dataStart + (leaf.words[leaf.table + 2] ?? 0);
    if (leaf.bytes.compare(firstKey, 0, firstKey.length, leaf.dataStart, keyEnd) !== 0)
      this.#mismatch(where);
    return true;
  }

  /** Checks a leaf's element table; the bytes in use, or null. */
  #readTable(leaf: LeafPage, start: number, limit: number, where: string): number | null {
    const { bytes, words } = leaf;
    const count = bytes.readUInt16LE(start + 10);
    leaf.table = (start + HEADER_BYTES) >>> 2;
    leaf.count = count;
    leaf.dataStart = start + HEADER_BYTES + count * ELEMENT_BYTES;
    let next = leaf.dataStart;
    if (next > limit) return this.#outside(where, `the table of ${count} rows`);
    for (let index = 0; index < count; index += 1) {
      const element = leaf.table + index * ELEMENT_WORDS;
      const flags = words[element] ?? 0;
      if (flags > BUCKET_FLAG)
        return this.#fail(where, `row ${index} has the unexpected flags 0x${flags.toString(16)}`);
      const data = element * 4 + (words[element + 1] ?? 0);
      const size = (words[element + 2] ?? 0) + (words[element + 3] ?? 0);
      if (data + size > limit) return this.#outside(where, `row ${index}`);
      if (data !== next) return this.#fail(where, `row ${index} does not follow the row before it`);
      next += size;
    }
    leaf.dataEnd = next;
    return next - start;
  }

  #readBranch(
    page: number,
    bytes: Buffer,
    start: number,
    pages: number,
    firstKey: Buffer | null,
  ): Branch | null {
    const where = `page ${page}`;
    // Copied: the window moves on while the children are walked.
    const branch: Branch = {
      bytes: Buffer.from(bytes.subarray(start, start + pages * this.#pageSize)),
      children: [],
    };
    const own = branch.bytes;
    const count = own.readUInt16LE(10);
    let next = HEADER_BYTES + count * ELEMENT_BYTES;
    if (next > own.length) return this.#outside(where, `the table of ${count} children`);
    for (let index = 0; index < count; index += 1) {
      const element = HEADER_BYTES + index * ELEMENT_BYTES;
      const key = element + own.readUInt32LE(element);
      const keyEnd = key + own.readUInt32LE(element + 4);
      if (keyEnd > own.length) return this.#outside(where, `the key of child ${index}`);
      if (key !== next)
        return this.#fail(where, `the key of child ${index} does not follow the one before it`);
      const child = own.readUInt32LE(element + 8) + own.readUInt32LE(element + 12) * 2 ** 32;
      const last = branch.children.at(-1);
      if (last && own.compare(own, last.keyStart, last.keyEnd, key, keyEnd) <= 0)
        this.#damage.note('key-order', where, `child ${index} is not after the one before it`);
      branch.children.push({ page: child, keyStart: key, keyEnd });
      next = keyEnd;
    }
    const [first] = branch.children;
    if (first === undefined) return this.#fail(where, 'the page is a branch without children');
    if (!this.#fills(where, next, pages)) return null;
    if (!this.#endsIn(own, next, own.length, where)) return null;
    if (firstKey && own.compare(firstKey, 0, firstKey.length, first.keyStart, first.keyEnd) !== 0)
      this.#mismatch(where);
    return branch;
  }

  /**
   * bbolt gives a node just the pages that it needs; older versions give one that fills its pages
   * to the last byte a further page (node.spill).
   */
  #fills(where: string, used: number, pages: number): boolean {
    const needed = Math.ceil(used / this.#pageSize);
    if (pages === needed || pages === Math.floor(used / this.#pageSize) + 1) return true;
    this.#corrupt(where, `the page takes ${pages} pages for ${used} bytes`);
    return false;
  }

  /**
   * bbolt writes pages from cleared memory (tx.write, DB.allocate): what follows the last element is
   * zero. Otherwise that element is longer than the table says; only there nothing else shows it.
   */
  #endsIn(bytes: Buffer, used: number, limit: number, where: string): boolean {
    for (let at = used; at < limit && at < used + REMAINDER_BYTES; at += 1) {
      if (bytes[at] === 0) continue;
      this.#corrupt(where, 'bytes follow the last element of the page');
      return false;
    }
    return true;
  }

  #mismatch(where: string): void {
    this.#damage.note(
      'branch-key-mismatch',
      where,
      'the first key of the page is not the one that its parent has for it',
    );
  }

  /** A page that was cut off: the finding `truncated` says so once for all of them. */
  #missing(): null {
    this.complete = false;
    return null;
  }

  #outside(where: string, what: string): null {
    this.complete = false;
    this.#damage.note('page-element-outside', where, `${what} reaches out of the page`);
    return null;
  }

  #fail(where: string, message: string): null {
    this.#corrupt(where, message);
    return null;
  }

  #corrupt(where: string, message: string): void {
    this.complete = false;
    this.#damage.note('page-corrupt', where, message);
  }
}

function isInlineHeader(bytes: Buffer): boolean {
  return (
    bytes.readBigUInt64LE(0) === 0n &&
    bytes.readUInt16LE(8) === LEAF &&
    bytes.readUInt32LE(12) === 0
  );
}
