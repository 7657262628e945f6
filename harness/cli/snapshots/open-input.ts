import { type Compression, compressionOfFile } from '../../snapshot/compression.ts';
import { openSnapshot } from '../../snapshot/open-snapshot.ts';
import type { ReadingOptions, SnapshotReading } from '../../snapshot/reading.ts';
import type { Spooled } from '../../snapshot/spool.ts';
import { STANDARD_INPUT } from './input.ts';

/** A snapshot that was read, and how it came. */
export interface OpenInput extends AsyncDisposable {
  reading: SnapshotReading;
  /** Where the bytes that were read lie. */
  path: string;
  /** null when it was not compressed. */
  compression: Compression | null;
}

/** Twice what etcd recommends as the largest database. */
export const UNPACKED_BYTES_MAX = 16 * 1024 ** 3;

/**
 * @param path a file, compressed or not, or `-` for standard input.
 * @param limitBytes of the temporary copy that compressed files and standard input need.
 * @throws DrillError (usage, environment) when it cannot be read or unpacked.
 */
export async function openInput(
  path: string,
  options: ReadingOptions = {},
  limitBytes = UNPACKED_BYTES_MAX,
): Promise<OpenInput> {
  const spooled = await spool(path, limitBytes);
  if (spooled === null) return opened(path, path, options, null);
  const name = path === STANDARD_INPUT ? 'standard input' : path;
  try {
    return await opened(spooled.path, name, options, spooled);
  } catch (thrown) {
    await spooled.remove();
    throw thrown;
  }
}

/** null when the file can be read as it is: what unpacks is loaded only for what is packed. */
async function spool(path: string, limitBytes: number): Promise<Spooled | null> {
  if (path !== STANDARD_INPUT && compressionOfFile(path) === null) return null;
  const { endOnSignal } = await import('./end-on-signal.ts');
  endOnSignal();
  const { spoolFile, spoolStream } = await import('../../snapshot/spool.ts');
  return path === STANDARD_INPUT
    ? spoolStream(process.stdin, 'standard input', { limitBytes })
    : spoolFile(path, { limitBytes });
}

async function opened(
  path: string,
  displayName: string,
  options: ReadingOptions,
  spooled: Spooled | null,
): Promise<OpenInput> {
  const reading = await openSnapshot(path, { ...options, displayName });
  return {
    reading,
    path,
    compression: spooled?.compression ?? null,
    [Symbol.asyncDispose]: async () => {
      await reading.close();
      await spooled?.remove();
    },
  };
}
