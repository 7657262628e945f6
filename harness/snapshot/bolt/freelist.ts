import type { DamageLog } from '../damage.ts';
import type { PageWindow } from './page-window.ts';
import type { BoltTree } from './tree.ts';

const FREELIST_FLAG = 0x10;
const HEADER_BYTES = 16;
/** A count that does not fit into the header's 16 bits: the first id is the true count. */
const COUNT_ELSEWHERE = 0xffff;

/**
 * Compares the stored list of free pages with the pages that the trees use: each page below the
 * high-water mark is exactly one of both.
 */
export function checkFreelist(
  windows: PageWindow,
  tree: BoltTree,
  page: number,
  pageCount: number,
  damage: DamageLog,
): void {
  const where = `page ${page} (freelist)`;
  const ids = readFreelist(windows, tree, page, pageCount);
  // Cut off: `truncated` says so.
  if (ids === null) return;
  if (typeof ids === 'string') {
    damage.note('freelist-damaged', where, ids);
    return;
  }
  const free = new Set<number>();
  for (const id of ids) {
    if (id < 2 || id >= pageCount)
      damage.note(
        'freelist-damaged',
        where,
        `the freelist names page ${id}, pages end at ${pageCount}`,
      );
    else if (free.has(id))
      damage.note('freelist-damaged', where, `the freelist names page ${id} twice`);
    else if (tree.isReferenced(id))
      damage.note(
        'page-in-use-is-free',
        `page ${id}`,
        'the page is in use and in the list of free pages',
      );
    free.add(id);
  }
  if (!tree.complete || damage.has('freelist-damaged')) return;
  for (let id = 2; id < Math.min(pageCount, windows.pageCount); id += 1) {
    if (!tree.isReferenced(id) && !free.has(id))
      damage.note(
        'page-unreferenced',
        `page ${id}`,
        'the page is neither in use nor in the freelist',
      );
  }
}

/** The free pages' ids, or what is wrong with the list; null when it is not in the file. */
function readFreelist(
  windows: PageWindow,
  tree: BoltTree,
  page: number,
  pageCount: number,
): number[] | string | null {
  if (page < 2 || page >= pageCount)
    return `the freelist should be there, but pages end at ${pageCount}`;
  if (page >= windows.pageCount) return null;
  const head = windows.load(page, 1);
  const flags = head.bytes.readUInt16LE(head.start + 8);
  if (flags !== FREELIST_FLAG)
    return `the freelist has the unexpected flags 0x${flags.toString(16)}`;
  const id = Number(head.bytes.readBigUInt64LE(head.start));
  if (id !== page) return `the freelist carries the id ${id}`;
  const pages = head.bytes.readUInt32LE(head.start + 12) + 1;
  if (page + pages > Math.min(pageCount, windows.pageCount))
    return 'the freelist reaches out of the file';
  if (!tree.reference(page, pages)) return 'the pages of the freelist are in use by a tree';
  const { bytes, start } = windows.load(page, pages);
  const limit = start + pages * windows.pageSize;
  const short = bytes.readUInt16LE(start + 10);
  const first = start + HEADER_BYTES;
  const elsewhere = short === COUNT_ELSEWHERE;
  const count = elsewhere ? Number(bytes.readBigUInt64LE(first)) : short;
  const from = elsewhere ? first + 8 : first;
  if (from + count * 8 > limit) return `the ${count} ids of the freelist reach out of the page`;
  return Array.from({ length: count }, (_, index) =>
    Number(bytes.readBigUInt64LE(from + index * 8)),
  );
}
