import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { encodeQuestion } from '../../../../harness/dns/ask.ts';
import { runOrThrow } from '../../../../harness/exec/run.ts';
import { ASK_SERVICES } from '../../../../harness/runner/availability/from-nodes.ts';

const QUESTION = encodeQuestion({ name: 'kubernetes', type: 'A' }, 1).toString('hex');

/** What one round of it says: whether each of all DNS servers answered, and then the page. */
async function asked(dns: string, web: string): Promise<string> {
  // The servers are this process, which may be late on a busy machine.
  const env = { TIMES: '1', PATIENCE: '4', QUESTION, DNS: dns, WEB: web };
  const { stdout } = await runOrThrow('ask', 'perl', ['-e', ASK_SERVICES], {
    timeoutMs: 20_000,
    env,
  });
  const [, , serves, ...knows] = stdout.trim().split(' ');
  return [...knows, serves].join(' ');
}

/** A server that says of itself what code it answers with. */
async function pages(status: number): Promise<{ server: Server; at: string }> {
  const server = createServer((_, answer) => answer.writeHead(status).end('shop-1')).listen(0);
  await once(server, 'listening');
  return { server, at: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Sends every question back with a code as if it were the answer. */
async function names(code: number) {
  const socket = createSocket('udp4', (query, { port, address }) => {
    query[3] = code;
    socket.send(query, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, at: `127.0.0.1:${socket.address().port}` };
}

test('a node reaches a Service when it answers well, and not when it errs, is silent or nobody is there', async () => {
  const [good, bad] = [await pages(200), await pages(503)];
  const [knowing, failing] = [await names(0), await names(2)];
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    expect(await asked(knowing.at, good.at)).toBe('1 1');
    expect(await asked(failing.at, bad.at)).toBe('0 0');
    expect(await asked(`127.0.0.1:${silent.address().port}`, good.at)).toBe('0 1');
    expect(await asked('127.0.0.1:1', '127.0.0.1:1')).toBe('0 0');
    expect(await asked(knowing.at, '')).toBe('1 0');
    const all = [failing.at, knowing.at, '127.0.0.1:1', knowing.at].join(' ');
    expect(await asked(all, good.at)).toBe('0 1 0 1 1');
  } finally {
    for (const { server } of [good, bad]) server.close();
    for (const socket of [knowing.socket, failing.socket, silent]) socket.close();
  }
});

test('it uses no module that perl-base, which every Debian has, is without', () => {
  const used = [...ASK_SERVICES.matchAll(/^use ([\w:]+)/gm)].map(([, name]) => name);
  expect(used).toEqual(['strict', 'IO::Select', 'IO::Socket::INET']);
});
