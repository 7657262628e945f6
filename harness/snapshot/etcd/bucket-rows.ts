import { BUCKET_FLAG, ELEMENT_WORDS, type LeafPage } from '../bolt/tree.ts';
import type { DamageLog } from '../damage.ts';

export type RowVisitor = (key: Buffer, value: Buffer, isBucket: boolean, position: number) => void;

/**
 * Visits the rows of a small bucket, checking that keys ascend also from leaf to leaf.
 * Both buffers are views of a page: copy what has to outlive the visit.
 */
export function bucketRowVisitor(
  bucket: string,
  damage: DamageLog,
  visit: RowVisitor,
): (leaf: LeafPage) => void {
  let last: Buffer | null = null;
  return ({ bytes, words, table, count, dataStart, filePosition, page }) => {
    let at = dataStart;
    for (let index = 0; index < count; index += 1) {
      const element = table + index * ELEMENT_WORDS;
      const keyEnd = at + (words[element + 2] ?? 0);
      const end = keyEnd + (words[element + 3] ?? 0);
      const key = bytes.subarray(at, keyEnd);
      if (last !== null && last.compare(key) >= 0)
        damage.note(
          'key-order',
          `bucket ${bucket}, page ${page}`,
          `row ${index} is not after the one before it`,
        );
      last = Buffer.from(key);
      visit(
        key,
        bytes.subarray(keyEnd, end),
        words[element] === BUCKET_FLAG,
        filePosition + keyEnd,
      );
      at = end;
    }
  };
}
