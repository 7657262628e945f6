import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../harness/support/clock.ts';
import { newRunId } from '../../../harness/support/ids.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { connectEngine } from '../../../harness/targets/container/engine.ts';
import { ensureHostImage } from '../../../harness/targets/container/host-image.ts';
import {
  type IdleContainer,
  idleContainer,
} from '../../../harness/targets/container/idle-container.ts';
import { Relay } from '../../../harness/targets/container/relay/relay.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import { requireTarget } from '../required.ts';

await requireTarget('container');

const TIMEOUT_MS = 120_000;
const MIB = 1024 ** 2;
/** More than all buffers on the way hold. */
const PARTS = 96;
const SUMS = 4001;
const ECHO = 4002;
const NOBODY = 4003;

/** Inside: one tells the sum of what it heard once it has heard all, one says again what it hears. */
const SERVERS = `
import hashlib, socketserver
class Sums(socketserver.StreamRequestHandler):
    def handle(self): self.wfile.write(hashlib.sha256(self.rfile.read()).hexdigest().encode())
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while part := self.request.recv(65536): self.request.sendall(part)
class UdpEcho(socketserver.BaseRequestHandler):
    def handle(self): self.request[1].sendto(self.request[0], self.client_address)
import threading
socketserver.TCPServer.allow_reuse_address = True
for server in (
    socketserver.ThreadingTCPServer(('127.0.0.1', ${SUMS}), Sums),
    socketserver.ThreadingTCPServer(('127.0.0.1', ${ECHO}), Echo),
    socketserver.ThreadingUDPServer(('127.0.0.1', ${ECHO}), UdpEcho),
): threading.Thread(target=server.serve_forever).start()
`;

let idle: IdleContainer;
let relay: Relay;

beforeAll(async () => {
  const toolchain = await resolveToolchain({ kubernetes: 'none' });
  const image = await ensureHostImage(toolchain, { onProgress: () => {} });
  const runId = newRunId(systemClock.nowMs());
  idle = await idleContainer(await connectEngine(), { image, runId, volumes: [] });
  const start = `setsid python3 -c '${SERVERS.replaceAll("'", `'\\''`)}' </dev/null >/dev/null 2>&1 &
    until (exec 3<>/dev/tcp/127.0.0.1/${ECHO}); do sleep 0.1; done`;
  expect(await idle.shell.run(start, { timeoutMs: 30_000 })).toMatchObject({
    exitCode: 0,
  });
  relay = new Relay(idle.container);
}, TIMEOUT_MS);

afterAll(async () => {
  await relay?.close();
  await idle?.[Symbol.asyncDispose]();
});

/** A connection with a port inside the container, by way of the relay. */
async function dial(port: number): Promise<Socket> {
  const url = new URL(await relay.urlOf(`http://127.0.0.1:${port}`));
  return connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true });
}

/** Commands of the relay that still run in the container. */
async function carriers(): Promise<number> {
  const { stdout } = await idle.shell.run('pgrep -c -f "^python3 -ISc" || true', {
    timeoutMs: 10_000,
  });
  return Number(stdout);
}

test('what goes there and back is whole, and each side learns when the other has said all', {
  timeout: TIMEOUT_MS,
}, async () => {
  const sent = randomBytes(8 * MIB);
  const summed = await dial(SUMS);
  summed.end(sent);
  expect(String(await buffer(summed))).toBe(createHash('sha256').update(sent).digest('hex'));
  const echoed = await dial(ECHO);
  echoed.end(sent);
  expect(sent.equals(await buffer(echoed))).toBe(true);
});

test('who does not read is not drowned', { timeout: TIMEOUT_MS }, async () => {
  const client = await dial(ECHO);
  const part = randomBytes(MIB);
  let taken = 0;
  const parts = function* () {
    for (; taken < PARTS; taken += 1) yield part;
  };
  Readable.from(parts()).pipe(client);
  // Nobody takes the echo: what is under way has its limits, and the rest stays with the client.
  await until(
    'nothing moves any more',
    async () => {
      const before = taken;
      await systemClock.pause(1000);
      return taken === before && taken > 0 ? done(taken) : notYet(`${taken} MiB were taken`);
    },
    { timeoutMs: 60_000, intervalMs: 10 },
  );
  expect(taken).toBeLessThan(PARTS);
  expect((await buffer(client)).length).toBe(PARTS * MIB);
});

test('where nobody listens the connection is lost', { timeout: TIMEOUT_MS }, async () => {
  const client = await dial(NOBODY);
  const [error] = await once(client, 'error');
  expect(error).toMatchObject({ code: 'ECONNRESET' });
});

test('a datagram is answered, and so is a connection at the same port', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { address, port } = await relay.dnsOf({ address: '127.0.0.1', port: ECHO });
  const client = createSocket('udp4');
  client.send('who?', port, address);
  const [answer] = await once(client, 'message');
  client.close();
  expect(String(answer)).toBe('who?');
  const stream = connect(port, address);
  stream.end('who else?');
  expect(String(await buffer(stream))).toBe('who else?');
});

test('its end ends what is under way and leaves nothing in the container', {
  timeout: TIMEOUT_MS,
}, async () => {
  const client = await dial(ECHO);
  client.write('anybody?');
  await once(client, 'data');
  expect(await carriers()).toBeGreaterThan(0);
  await relay.close();
  await once(client.resume(), 'end');
  client.destroy();
  await until(
    'no command of the relay runs',
    async () => {
      const left = await carriers();
      return left === 0 ? done(undefined) : notYet(`${left} of them`);
    },
    { timeoutMs: 20_000, intervalMs: 100 },
  );
});
