import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { askWeb, type WebRoute } from '../../../harness/kube/ask-web.ts';

/** Addresses of the loopback network of their own, so that both may have port 80. */
const SECURE = '127.80.0.4';
const SERVING = '127.80.0.1';
const FAILING = '127.80.0.2';
const NOBODY = '127.80.0.3';
const PATIENCE_MS = 10_000;

let servers: Server[] = [];
let forbidden: string | undefined;
let connections = 0;
/** Of the one that serves, and of somebody else. */
let authorities: string[] = [];

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
    const [own, other] = [await selfSigned(), await selfSigned()];
    authorities = [own.cert, other.cert];
    const secure = createSecureServer(own, ({ headers }, answer) =>
      answer.end(`pod of ${headers.host}\n`),
    );
    secure.on('connection', () => {
      connections += 1;
    });
    servers.push(secure);
    await listen(secure, SECURE, 443);
  } catch (thrown) {
    forbidden = String(thrown);
  }
});

afterAll(() => {
  for (const server of servers) server.close();
});

function listen(server: Server | undefined, address: string, port = 80): Promise<void> {
  return new Promise((resolve, reject) => {
    server?.once('error', reject).listen(port, address, () => resolve());
  });
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
  const [cert, key] = [join(folder, 'crt'), join(folder, 'key')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = ['-subj', '/CN=shop.example.org', '-addext', 'subjectAltName=DNS:shop.example.org'];
  try {
    const args = ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert];
    await runOrThrow('make a certificate', 'openssl', args, { timeoutMs: PATIENCE_MS });
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
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

test('by TLS the certificate has to be of the authority of the route', async (context) => {
  if (forbidden) context.skip(`ports 80 and 443 are not ours to have: ${forbidden}`);
  const [own = '', other = ''] = authorities;
  const secure = { ...route(SECURE), tls: true };
  const page = 'pod of shop.example.org';
  expect(await askWeb({ ...secure, authority: own }, PATIENCE_MS)).toBe(page);
  await expect(askWeb({ ...secure, authority: other }, PATIENCE_MS)).rejects.toThrow('self-signed');
});

test('each question by TLS has a connection of its own', async (context) => {
  if (forbidden) context.skip(`ports 80 and 443 are not ours to have: ${forbidden}`);
  const secure = { ...route(SECURE), tls: true, authority: authorities[0] ?? '' };
  const before = connections;
  await askWeb(secure, PATIENCE_MS);
  await askWeb(secure, PATIENCE_MS);
  expect(connections - before).toBe(2);
});
