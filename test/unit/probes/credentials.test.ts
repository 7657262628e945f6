import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import type { Followed } from '../../../harness/model/scenario.ts';
import { bootstrapToken } from '../../../harness/probes/bootstrap-token.ts';
import { clientToken, requestToken } from '../../../harness/probes/client-token.ts';
import { EncryptionCount } from '../../../harness/probes/encryption-count.ts';
import type { Looking, Probe } from '../../../harness/probes/probe.ts';
import { serviceAddresses } from '../../../harness/probes/service-addresses.ts';
import { looking } from './looking.ts';

let close = () => {};
afterEach(() => close());

/** @param answers by path. */
async function serving(answers: Record<string, object>): Promise<ApiServer> {
  const server = createServer(({ url = '' }, answer) => {
    const found = answers[url.split('?')[0] ?? ''];
    answer.writeHead(found ? 200 : 404).end(JSON.stringify(found ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api = new ApiServer({ host: 'cp-1', url: `http://127.0.0.1:${port}` });
  close = () => {
    api.close();
    server.close();
  };
  return api;
}

function list(...items: object[]) {
  return { metadata: { resourceVersion: '7' }, items };
}

function lookingAt(api: ApiServer | undefined, follows: readonly Followed[] = []): Looking {
  const reached = api ? { up: { api, discovered: [] }, down: null } : { up: null, down: 'refused' };
  return looking({
    apiServers: [{ host: 'cp-1', ...reached }],
    follows,
    tokens: [{ client: 'system:serviceaccount:shop:default', token: 'secret' }],
  });
}

const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

describe('a token of before the fault', () => {
  test('is asked for as a kubelet does', async () => {
    const api = await serving({
      '/api/v1/namespaces/shop/serviceaccounts/default/token': { status: { token: 'secret' } },
    });
    expect(await requestToken(api, 'shop', 'default')).toEqual({
      client: 'system:serviceaccount:shop:default',
      token: 'secret',
    });
  });

  test('that is taken has no error', async () => {
    const api = await serving({ [REVIEWS]: { status: { authenticated: true } } });
    const [seen] = await clientToken.look(lookingAt(api));
    expect(seen).toMatchObject({ kind: 'client-token', source: 'cp-1', error: null });
  });

  test('that is refused is told with the reason, and without itself', async () => {
    const api = await serving({ [REVIEWS]: { status: { error: 'no keys found' } } });
    const [seen] = await clientToken.look(lookingAt(api));
    expect(seen).toMatchObject({ error: 'no keys found' });
    expect(JSON.stringify(seen)).not.toContain('secret');
  });
});

test('a bootstrap token is told with its date, and no other Secret', async () => {
  const type = 'bootstrap.kubernetes.io/token';
  const expiration = Buffer.from('2026-11-01T00:00:00Z').toString('base64');
  const secrets = '/api/v1/namespaces/kube-system/secrets';
  const api = await serving({
    [secrets]: list(
      {
        metadata: { name: 'bootstrap-token-a', namespace: 'kube-system' },
        type,
        data: { expiration },
      },
      { metadata: { name: 'bootstrap-token-b', namespace: 'kube-system' }, type },
      { metadata: { name: 'other', namespace: 'kube-system' }, type: 'Opaque' },
    ),
  });
  const seen = await bootstrapToken.look(lookingAt(api, ['token']));
  expect(seen).toMatchObject([
    { object: { name: 'bootstrap-token-a' }, expiresAtMs: Date.parse('2026-11-01T00:00:00Z') },
    { object: { name: 'bootstrap-token-b' }, expiresAtMs: null },
  ]);
});

test('a Service has the addresses that it was given, and one without any is left out', async () => {
  const api = await serving({
    '/api/v1/services': list(
      { metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIPs: ['10.96.0.11'] } },
      { metadata: { name: 'headless', namespace: 'shop' }, spec: { clusterIPs: ['None'] } },
      { metadata: { name: 'outside', namespace: 'shop' }, spec: { type: 'ExternalName' } },
    ),
  });
  expect(await serviceAddresses.look(lookingAt(api, ['prediction']))).toMatchObject([
    { services: [{ object: { name: 'web' }, addresses: ['10.96.0.11'] }] },
  ]);
});

describe('what only some drills look at', () => {
  const probes: [Followed, Probe][] = [
    ['token', bootstrapToken],
    ['prediction', serviceAddresses],
  ];

  test.each(probes)('is left alone where no %s is followed', async (_, probe) => {
    expect(await probe.look(lookingAt(undefined))).toEqual([]);
  });

  test.each(probes)(
    'is unavailable where %s is followed and nobody answers',
    async (follow, probe) => {
      expect(await probe.look(lookingAt(undefined, [follow]))).toMatchObject([
        { kind: 'unavailable' },
      ]);
    },
  );
});

test('encrypted values and plain ones are counted where a resource has encrypted ones', () => {
  const count = new EncryptionCount();
  const entry = { createRevision: 1, modRevision: 1, leased: false, sizeBytes: 1, uid: null };
  const add = (resource: string, name: string, encoding: string) =>
    count.add({
      ...entry,
      group: '',
      resource,
      namespace: 'shop',
      name,
      key: name,
      contentHash: '',
      encoding,
    });
  add('secrets', 'a', 'encrypted:aescbc:v1:key1');
  add('secrets', 'b', 'protobuf');
  add('configmaps', 'c', 'protobuf');
  expect(count.found()).toEqual([
    {
      group: '',
      resource: 'secrets',
      encrypted: 1,
      plain: [{ group: '', resource: 'secrets', namespace: 'shop', name: 'b' }],
    },
  ]);
});
