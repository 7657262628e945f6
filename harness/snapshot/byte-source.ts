import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { messageOf, usageError } from '../support/errors.ts';

/** The bytes of one file, read by position; never written. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Fills `target` from `position` on.
   * @throws DrillError (usage) when the bytes are not there any more.
   */
  readInto(target: Uint8Array, position: number): void;
  /** @throws DrillError (usage) when the file is not what it was when it was opened. */
  assertUnchanged(): void;
  close(): void;
}

/**
 * Opens a regular file for reading.
 * @throws DrillError (usage) for a directory, a named pipe, a device, a file that may not be read.
 */
export function openByteSource(path: string): ByteSource {
  const attempted = `read ${path}`;
  const fd = openForReading(path, attempted);
  try {
    const opened = fstatSync(fd);
    refuseWhatIsNoFile(opened, attempted, path);
    return new FileBytes(fd, opened, path);
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
}

function openForReading(path: string, attempted: string): number {
  try {
    // Without O_NONBLOCK the open of a named pipe waits for a writer for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw usageError(attempted, messageOf(thrown), `ls -l ${path}`);
  }
}

function refuseWhatIsNoFile(stats: Stats, attempted: string, path: string): void {
  if (stats.isFile()) return;
  if (stats.isDirectory())
    throw usageError(attempted, 'it is a directory', 'name the snapshot file in it');
  const kind = stats.isFIFO() ? 'a named pipe' : 'not a regular file';
  throw usageError(
    attempted,
    `it is ${kind}, and a snapshot is read by position`,
    `kubedrill verify - < ${path}`,
  );
}

class FileBytes implements ByteSource {
  readonly sizeBytes: number;
  readonly #fd: number;
  readonly #opened: Stats;
  readonly #path: string;
  #open = true;

  constructor(fd: number, opened: Stats, path: string) {
    this.#fd = fd;
    this.#opened = opened;
    this.#path = path;
    this.sizeBytes = opened.size;
  }

  readInto(target: Uint8Array, position: number): void {
    let filled = 0;
    while (filled < target.length) {
      const count = readSync(this.#fd, target, filled, target.length - filled, position + filled);
      if (count === 0) throw this.#changed('it became shorter while it was read');
      filled += count;
    }
  }

  assertUnchanged(): void {
    const now = fstatSync(this.#fd);
    if (now.size !== this.#opened.size)
      throw this.#changed(`its size went from ${this.#opened.size} to ${now.size} bytes meanwhile`);
    if (now.mtimeMs !== this.#opened.mtimeMs)
      throw this.#changed('it was written to while it was read');
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  #changed(happened: string) {
    return usageError(
      `read ${this.#path}`,
      happened,
      'wait until it is complete, or verify a copy of it',
    );
  }
}

/** Bytes that are in memory already. */
export function memoryByteSource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    readInto: (target, position) => target.set(bytes.subarray(position, position + target.length)),
    assertUnchanged: () => undefined,
    close: () => undefined,
  };
}
