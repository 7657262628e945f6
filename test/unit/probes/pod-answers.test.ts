import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { ASK_SERVER } from '../../../harness/probes/dns-pods.ts';
import { ASK_PODS } from '../../../harness/probes/pod-answers.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

async function listening(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('pods answer when anything comes back, and do not when nothing does or nobody is there', async () => {
  const places = [
    `talks 127.0.0.1 ${await listening((socket) => socket.once('data', () => socket.write('x')))}`,
    `closes 127.0.0.1 ${await listening((socket) => socket.end())}`,
    `waits-for-more 127.0.0.1 ${await listening(() => undefined)}`,
    'refuses 127.0.0.1 1',
    `by-its-other-port 127.0.0.1 1`,
    `by-its-other-port 127.0.0.1 ${await listening((socket) => socket.end())}`,
  ];
  const env = { PLACES: places.join('\n'), PODS: '5' };
  const options = { timeoutMs: 20_000, env };
  const { stdout } = await runOrThrow('ask the pods', 'perl', ['-e', ASK_PODS], options);
  expect(stdout.trim().split('\n').sort()).toEqual(['by-its-other-port', 'closes', 'talks']);
});

test('scripts for nodes use no module that perl-base, which every Debian has, is without', () => {
  const used = [...`${ASK_PODS}${ASK_SERVER}`.matchAll(/^use ([\w:]+)/gm)].map(([, name]) => name);
  expect([...new Set(used)].sort()).toEqual(['IO::Select', 'IO::Socket::INET', 'Socket', 'strict']);
});
