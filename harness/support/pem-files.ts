import { readFileSync } from 'node:fs';
import { environmentError, messageOf } from './errors.ts';

/** Paths of PEM files: a client certificate with its key, and the CA that signed the server's. */
export interface PemFiles {
  ca: string;
  cert: string;
  key: string;
}

/** @throws DrillError (environment) that names the file that cannot be read. */
export function readPemFiles(files: PemFiles): { ca: Buffer; cert: Buffer; key: Buffer } {
  return { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw environmentError('read the certificate of a client', messageOf(thrown));
  }
}
