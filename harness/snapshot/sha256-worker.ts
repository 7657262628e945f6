import { parentPort, workerData } from 'node:worker_threads';
import { openByteSource } from './byte-source.ts';
import { sha256Of } from './sha256.ts';

/** What the thread is started with; it answers with the digest. */
export interface Sha256Task {
  path: string;
  bodyBytes: number;
}

const { path, bodyBytes } = workerData as Sha256Task;
const source = openByteSource(path);
try {
  parentPort?.postMessage(sha256Of(source, bodyBytes));
} finally {
  source.close();
}
