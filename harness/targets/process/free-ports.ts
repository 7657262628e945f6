import { createServer, type Server } from 'node:net';
import { environmentError } from '../../support/errors.ts';

/**
 * Below the ports that the kernel gives to connections which go out (from 32768 on): one of those would take the
 * port of a host that is off, and its etcd could not start again.
 */
const FIRST = 10_000;
const LAST = 32_767;
/** Co-prime to their number, and more than a drill needs: drills that are played at once look at different ones. */
const APART = 61;

let next = (process.pid * APART) % (LAST - FIRST);

/** Ports of 127.0.0.1 that nobody listens at, each another. @throws DrillError (environment) when there are too few. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let looks = 0; ports.length < count; looks += 1) {
      if (looks > LAST - FIRST) {
        throw environmentError(
          `find ${count} free ports on 127.0.0.1 from ${FIRST} to ${LAST}`,
          `only ${ports.length} are free`,
          'see what listens there: ss -ltnp',
        );
      }
      const port = FIRST + next;
      next = (next + 1) % (LAST - FIRST);
      const server = await listenAt(port);
      if (server === undefined) continue;
      held.push(server);
      ports.push(port);
    }
    return ports;
  } finally {
    // All are held until all are known, so that no port is given twice.
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listenAt(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
