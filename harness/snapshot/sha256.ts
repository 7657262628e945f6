import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';

/** Small enough to be hashed while it is still in the cache of the processor. */
const CHUNK_BYTES = 256 << 10;

/** SHA-256 of the first `bodyBytes` of the file, through one buffer. */
export function sha256Of(source: ByteSource, bodyBytes: number): Buffer {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bodyBytes));
  for (let position = 0; position < bodyBytes; position += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, bodyBytes - position));
    source.readInto(part, position);
    hash.update(part);
  }
  return hash.digest();
}
