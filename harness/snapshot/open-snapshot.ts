import { type ByteSource, memoryByteSource, openByteSource } from './byte-source.ts';
import type { ReadingOptions, SnapshotReading } from './reading.ts';
import { startTrailerCheck, type TrailerCheck } from './trailer.ts';

/**
 * Reads a snapshot file: trailer, pages, buckets and every revision. Never writes to it.
 * Whatever the bytes are, the answer is a reading with findings.
 * @throws DrillError (usage) when the file cannot be read, or changes while it is read;
 *   (environment) when it has more keys than fit into memory.
 */
export async function openSnapshot(
  path: string,
  options: ReadingOptions = {},
): Promise<SnapshotReading> {
  return await opened(openByteSource(path), path, options);
}

/** The same for bytes in memory. */
export async function openSnapshotBytes(
  bytes: Uint8Array,
  options: ReadingOptions = {},
): Promise<SnapshotReading> {
  return await opened(memoryByteSource(bytes), null, options);
}

async function opened(
  source: ByteSource,
  path: string | null,
  options: ReadingOptions,
): Promise<SnapshotReading> {
  let check: TrailerCheck | undefined;
  try {
    check = startTrailerCheck(source, path, options.workerFromBytes);
    // Loaded only now, while the thread that hashes the file gets going.
    const { FileReading } = await import('./file-reading.ts');
    return new FileReading(source, path, check, options);
  } catch (thrown) {
    source.close();
    await check?.stop();
    throw thrown;
  }
}
