import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { done, notYet, until } from '../../../harness/support/until.ts';

/** Without a file, so that a worker that is killed gives it back. */
const TURN = '\0kubedrill-kind-tests';
const TIMEOUT_MS = 60 * 60_000;

/** One file of tests at a time makes clusters: two at once take longer on two cores than one after the other. */
export function takeTurns(): void {
  let turn: Server;
  beforeAll(async () => {
    const options = { timeoutMs: TIMEOUT_MS, intervalMs: 500 };
    turn = await until('no other file of tests makes clusters', take, options);
  }, TIMEOUT_MS);
  afterAll(() => void turn?.close());
}

async function take() {
  const server = createServer().listen({ path: TURN });
  const taken = await once(server, 'listening').catch(() => undefined);
  return taken ? done(server) : notYet('one does');
}
