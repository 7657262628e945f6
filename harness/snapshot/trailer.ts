import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentError } from '../support/errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { SnapshotTrailer } from './reading.ts';
import { sha256Of } from './sha256.ts';
import type { Sha256Task } from './sha256-worker.ts';

const TRAILER_BYTES = 32;
/** Below, a thread costs more time than it saves. */
const WORKER_FROM_BYTES = 32 << 20;

/**
 * A file has a trailer when its size says so: pages are multiples of 512 bytes (etcd,
 * hasChecksum).
 */
export function bodyBytesOf(sizeBytes: number): number {
  return sizeBytes % 512 === TRAILER_BYTES ? sizeBytes - TRAILER_BYTES : sizeBytes;
}

/** A comparison that may be under way in a thread. */
export interface TrailerCheck {
  result: Promise<SnapshotTrailer>;
  stop(): Promise<void>;
}

/**
 * Compares the trailer with the SHA-256 of what precedes it; a large file is hashed in a thread of
 * its own while the caller goes on. Bytes that have no path are hashed at once.
 */
export function startTrailerCheck(
  source: ByteSource,
  path: string | null,
  workerFromBytes = WORKER_FROM_BYTES,
): TrailerCheck {
  const bodyBytes = bodyBytesOf(source.sizeBytes);
  if (bodyBytes === source.sizeBytes) return settled({ present: false, valid: null });
  const stored = Buffer.alloc(TRAILER_BYTES);
  source.readInto(stored, bodyBytes);
  if (path === null || bodyBytes < workerFromBytes)
    return settled({ present: true, valid: stored.equals(sha256Of(source, bodyBytes)) });
  return hashInThread({ path, bodyBytes }, stored);
}

function settled(trailer: SnapshotTrailer): TrailerCheck {
  return { result: Promise.resolve(trailer), stop: () => Promise.resolve() };
}

function hashInThread(task: Sha256Task, stored: Buffer): TrailerCheck {
  // Not imported: loading it takes a small file, which needs no thread, a twentieth of its time.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // .ts from the sources, .cjs from a build.
  const extension = extname(fileURLToPath(import.meta.url));
  const worker = new Worker(new URL(`./sha256-worker${extension}`, import.meta.url), {
    workerData: task,
  });
  const result = new Promise<SnapshotTrailer>((resolve, reject) => {
    worker.once('message', (digest: Uint8Array) =>
      resolve({ present: true, valid: stored.equals(digest) }),
    );
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(environmentError(`hash ${task.path}`, `its thread ended with code ${code}`)),
    );
  });
  // Whoever asks for the result gets the error; nobody has to ask.
  result.catch(() => undefined);
  return { result, stop: async () => void (await worker.terminate()) };
}
