import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askWeb, type WebRoute } from '../../../harness/kube/ask-web.ts';

/** Addresses of the loopback network of their own, so that both may have port 80. */
const SERVING = '127.80.0.1';
const FAILING = '127.80.0.2';
const NOBODY = '127.80.0.3';
const PATIENCE_MS = 10_000;

let servers: Server[] = [];
let forbidden: string | undefined;

beforeAll(async () => {
  servers = [
    createServer(({ headers }, answer) => answer.end(`pod of ${headers.host}\n`)),
    createServer((_, answer) => {
      answer.statusCode = 502;
      answer.end();
    }),
  ];
  try {
    await Promise.all([SERVING, FAILING].map((address, index) => listen(servers[index], address)));
  } catch (thrown) {
    forbidden = String(thrown);
  }
});

afterAll(() => {
  for (const server of servers) server.close();
});

function listen(server: Server | undefined, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server?.once('error', reject).listen(80, address, () => resolve());
  });
}

function route(...addresses: string[]): WebRoute {
  return { hostName: 'shop.example.org', tls: false, addresses, authority: '', namespace: 'web' };
}

test('a route is asked by its host name, and the answer names the pod', async (context) => {
  if (forbidden) context.skip(`port 80 is not ours to have: ${forbidden}`);
  expect(await askWeb(route(SERVING), PATIENCE_MS)).toBe('pod of shop.example.org');
});

test('one node that serves it is enough', async (context) => {
  if (forbidden) context.skip(`port 80 is not ours to have: ${forbidden}`);
  expect(await askWeb(route(FAILING, NOBODY, SERVING), PATIENCE_MS)).toMatch('pod of');
});

test('an error page is no answer', async (context) => {
  if (forbidden) context.skip(`port 80 is not ours to have: ${forbidden}`);
  await expect(askWeb(route(FAILING), PATIENCE_MS)).rejects.toThrow('answers 502');
});

test('where nobody listens the reason is told', async () => {
  await expect(askWeb(route(NOBODY), PATIENCE_MS)).rejects.toThrow('ECONNREFUSED');
});
