import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import type { ReadingOptions } from '../../../harness/snapshot/reading.ts';

/** Codes of everything that is found, sorted. */
export async function codesOf(file: Uint8Array, options: ReadingOptions = {}): Promise<string[]> {
  await using reading = await openSnapshotBytes(file, options);
  return (await reading.findings()).map(({ code }) => code).toSorted();
}
