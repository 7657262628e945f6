import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMetrics } from '../../../harness/etcd/metrics.ts';
import { Transport } from '../../../harness/kube/transport.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import type { PemFiles } from '../../../harness/support/pem-files.ts';
import { Authority } from '../../../harness/targets/pki.ts';

const OWN = 'https://10.78.4.11:6443';
const OTHERS = 'https://10.78.4.12:6443';

let folder: string;
let credentials: PemFiles;
let dialUrl: string;
let close: () => void;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
  const authority = await Authority.create('ca', systemClock.nowMs());
  const [client, { cert, key }] = await Promise.all([
    authority.issue({ commonName: 'kubedrill', usage: 'client' }),
    authority.issue({ commonName: 'one', addresses: ['10.78.4.11'], usage: 'server' }),
  ]);
  credentials = { ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key') };
  await writeFile(credentials.ca, authority.identity.cert);
  await writeFile(credentials.cert, client.cert);
  await writeFile(credentials.key, client.key);
  const server = createServer({ cert, key }, (_request, answer) => answer.end('one'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  dialUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => server.close();
});

afterAll(async () => {
  close();
  await rm(folder, { recursive: true });
});

async function ask(url: string, by: string | undefined): Promise<string> {
  const transport = new Transport(url, credentials, by);
  try {
    const answer = await transport.send('GET', '/', { timeoutMs: 5000 });
    return String(await transport.body('GET', '/', answer));
  } finally {
    transport.close();
  }
}

it('a server that is dialled by another way is known by the address of its own', async () => {
  expect(await ask(OWN, dialUrl)).toBe('one');
  expect(await readMetrics(OWN, credentials, 5000, dialUrl)).toBe('one');
});

it('another server that answers there is not taken for it', async () => {
  await expect(ask(OTHERS, dialUrl)).rejects.toMatchObject({
    reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
    attempted: `GET ${OTHERS}/`,
  });
  await expect(readMetrics(OTHERS, credentials, 5000, dialUrl)).rejects.toMatchObject({
    endpoint: OTHERS,
    happened: expect.stringContaining("10.78.4.12 is not in the cert's list"),
  });
});

it('without another way it is dialled, and known, by its URL', async () => {
  await expect(ask(dialUrl, undefined)).rejects.toMatchObject({
    reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
    attempted: `GET ${dialUrl}/`,
  });
});
