import { createReadStream, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { environmentError, messageOf, usageError } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Compression, compressionOf, compressionOfFile, SIGN_BYTES } from './compression.ts';

/** A temporary copy that can be read by position; removed by `await using` or `remove`. */
export interface Spooled extends AsyncDisposable {
  path: string;
  /** How the original was compressed; null when it was not. */
  compression: Compression | null;
  remove(): Promise<void>;
}

export interface SpoolOptions {
  /** Of the copy: what a small compressed file may grow to. */
  limitBytes: number;
  /** Folder of the temporary copy; the system's by default. */
  folder?: string;
}

/**
 * Unpacks a compressed file into a temporary one.
 * @returns null when the file is not compressed and can be read as it is.
 * @throws DrillError (usage) unreadable, broken or larger than the limit; (environment) no space.
 */
export async function spoolFile(path: string, options: SpoolOptions): Promise<Spooled | null> {
  const compression = compressionOfFile(path);
  if (compression === null) return null;
  return await spool(createReadStream(path), compression, path, options);
}

/**
 * Copies a stream (standard input) into a temporary file, unpacking it when it is compressed.
 * @throws DrillError as `spoolFile` does.
 */
export async function spoolStream(
  stream: Readable,
  name: string,
  options: SpoolOptions,
): Promise<Spooled> {
  const { head, whole } = await peek(stream, name);
  return await spool(whole, compressionOf(head), name, options);
}

/** The first bytes of a stream, and all of it again. */
async function peek(
  stream: Readable,
  name: string,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const source = stream[Symbol.asyncIterator]();
  try {
    while (size < SIGN_BYTES) {
      const { value, done } = await source.next();
      if (done) break;
      chunks.push(value);
      size += value.length;
    }
  } catch (thrown) {
    throw usageError(`read ${name}`, messageOf(thrown));
  }
  async function* whole() {
    yield* chunks;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  return { head: Buffer.concat(chunks).subarray(0, SIGN_BYTES), whole: whole() };
}

async function spool(
  from: AsyncIterable<Uint8Array>,
  compression: Compression | null,
  name: string,
  { limitBytes, folder = tmpdir() }: SpoolOptions,
): Promise<Spooled> {
  const made = await temporaryFolder(folder, 'spool');
  const path = join(made.path, 'snapshot.db');
  const { remove } = made;
  const limit = atMost(limitBytes, name);
  const into = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    if (compression === null) await pipeline(from, limit, into);
    else if (compression === 'gzip') await pipeline(from, createGunzip(), limit, into);
    else await pipeline(from, createZstdDecompress(), limit, into);
  } catch (thrown) {
    await remove();
    throw explained(thrown, name, folder);
  }
  return { path, compression, remove, [Symbol.asyncDispose]: remove };
}

function atMost(limitBytes: number, name: string): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      size += chunk.length;
      if (size <= limitBytes) return next(null, chunk);
      const happened = `it holds more than ${limitBytes} bytes`;
      next(usageError(`unpack ${name}`, happened, 'raise --max-size, or unpack it yourself'));
    },
  });
}

function explained(thrown: unknown, name: string, folder: string): Error {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ENOSPC')
    return environmentError(`unpack ${name} into ${folder}`, 'no space is left', `df -h ${folder}`);
  if (thrown instanceof Error && thrown.name === 'DrillError') return thrown;
  return usageError(`unpack ${name}`, messageOf(thrown), 'copy it again from where it was saved');
}
