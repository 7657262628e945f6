import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, usageError } from '../support/errors.ts';

export type Compression = 'gzip' | 'zstd';

const SIGNS: readonly [Compression, readonly number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
];
export const SIGN_BYTES = 4;

/** How the first bytes of a file say that it is compressed. */
export function compressionOf(head: Uint8Array): Compression | null {
  for (const [compression, sign] of SIGNS)
    if (sign.every((byte, index) => head[index] === byte)) return compression;
  return null;
}

/** @throws DrillError (usage) when the file cannot be read. */
export function compressionOfFile(path: string): Compression | null {
  try {
    // Without O_NONBLOCK the open of a named pipe waits for a writer for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return null;
      const head = Buffer.alloc(SIGN_BYTES);
      return compressionOf(head.subarray(0, readSync(fd, head)));
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    throw usageError(`read ${path}`, messageOf(thrown), `ls -l ${path}`);
  }
}
