import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { apiReads } from '../../../../harness/diagnose/detectors/api-reads.ts';
import { apiServerCaches } from '../../../../harness/diagnose/detectors/api-server-caches.ts';
import { apiServerStores } from '../../../../harness/diagnose/detectors/api-server-stores.ts';
import { certificates } from '../../../../harness/diagnose/detectors/certificates.ts';
import { freshObject } from '../../../../harness/diagnose/detectors/fresh-object.ts';
import { serviceAccountKeys } from '../../../../harness/diagnose/detectors/service-account-keys.ts';
import { Authority } from '../../../../harness/targets/pki.ts';
import { codesOf, NOW_MS, opened, type SomeServer, some } from '../some-cluster.ts';

const SOUND = [some('namespaces', 'default'), some('configMaps', 'settings')];

async function caches(server: SomeServer) {
  await using cluster = await opened([server]);
  return await apiServerCaches.detect(cluster.patient);
}

describe('api-server-caches', () => {
  it('is silent where lists and names agree', async () => {
    expect(await caches({ objects: SOUND })).toEqual({
      verdict: 'pass',
      reason: null,
      findings: [],
    });
  });

  it('finds what is listed and does not exist', async () => {
    const found = await caches({ objects: SOUND, cached: [...SOUND, some('namespaces', 'gone')] });
    expect(codesOf(found)).toEqual(['ghost-object']);
    expect(found.findings[0]?.objects).toMatchObject([{ resource: 'namespaces', name: 'gone' }]);
  });

  it('takes another object of the same name for a ghost', async () => {
    const old = some('configMaps', 'settings', { uid: 'uid-of-old' });
    expect(codesOf(await caches({ objects: SOUND, cached: [old] }))).toEqual(['ghost-object']);
  });

  it('finds a state that is newer than what etcd holds', async () => {
    const future = some('configMaps', 'settings', { resourceVersion: '99' });
    expect(codesOf(await caches({ objects: SOUND, cached: [future] }))).toEqual(['object-stale']);
  });

  it('is silent where etcd has gone on since the list', async () => {
    const past = some('configMaps', 'settings', { resourceVersion: '9' });
    expect(codesOf(await caches({ objects: SOUND, cached: [past] }))).toEqual([]);
  });
});

describe('api-server-stores', () => {
  it('finds API servers that read different etcds', async () => {
    const own = [...SOUND, some('configMaps', 'only-here')];
    await using cluster = await opened([{ objects: own }, { objects: SOUND }]);
    expect(codesOf(await apiServerStores.detect(cluster.patient))).toEqual(['api-servers-differ']);
  });

  it('is silent where both read the same', async () => {
    await using cluster = await opened([{ objects: SOUND }, { objects: SOUND }]);
    expect(await apiServerStores.detect(cluster.patient)).toMatchObject({ verdict: 'pass' });
  });
});

describe('service-account-keys', () => {
  it.each([
    { keys: ['a'], others: ['b'], codes: ['service-account-keys-differ'] },
    { keys: ['a', 'b'], others: ['b', 'a'], codes: [] },
  ])('finds $codes where one has $keys and the other $others', async ({ keys, others, codes }) => {
    await using cluster = await opened([
      { objects: SOUND, keys },
      { objects: SOUND, keys: others },
    ]);
    expect(codesOf(await serviceAccountKeys.detect(cluster.patient))).toEqual(codes);
  });

  it('has nothing to say of one API server', async () => {
    await using cluster = await opened([{ objects: SOUND, keys: ['a'] }]);
    expect(await serviceAccountKeys.detect(cluster.patient)).toMatchObject({ verdict: 'skipped' });
  });
});

describe('api-reads', () => {
  it('finds a resource that cannot be listed', async () => {
    await using cluster = await opened([{ objects: SOUND, broken: ['configmaps'] }]);
    expect(codesOf(await apiReads.detect(cluster.patient))).toEqual(['list-failed']);
  });

  it('does not know of what it may not list, and says what that is', async () => {
    await using cluster = await opened([{ objects: SOUND, forbidden: ['configmaps', 'pods'] }]);
    const { verdict, reason } = await apiReads.detect(cluster.patient);
    expect(verdict).toBe('unknown');
    expect(reason).toContain('no right to list configmaps, pods (HTTP 403)');
  });

  it('is silent where everything is listed', async () => {
    await using cluster = await opened([{ objects: SOUND }]);
    expect(await apiReads.detect(cluster.patient)).toMatchObject({ verdict: 'pass' });
  });
});

describe('fresh-object', () => {
  it('finds an API server that does not list what it has just stored, and removes its canary', async () => {
    const writes: string[] = [];
    const onWrite = (method: string, url: string) => writes.push(`${method} ${url}`);
    await using cluster = await opened([{ objects: SOUND, onWrite }]);
    expect(codesOf(await freshObject.detect(cluster.patient))).toEqual(['fresh-object-unlisted']);
    const [made, removed] = writes;
    expect(writes).toHaveLength(2);
    expect(made).toBe('POST /api/v1/namespaces/default/configmaps');
    expect(removed).toMatch(/^DELETE .*\/configmaps\/kubedrill-fresh-127\.0\.0\.1-\d+-\d+$/);
  });

  it('says what is left where it cannot be removed, and how to remove each', async () => {
    const objects = [...SOUND, some('nodes', 'n1'), some('endpointSlices', 'of-the-canary')];
    await using cluster = await opened([{ objects, keeps: ['configmaps', 'services'] }]);
    const host = new URL(cluster.urls[0] ?? '').host.replace(':', '-');
    const configMap = `kubedrill-fresh-${host}-${NOW_MS}`;
    objects.push(some('configMaps', configMap));
    const found = await freshObject.detect(cluster.patient);
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain(`kubectl --namespace default delete configmaps ${configMap}`);
    expect(found.reason).toContain(
      `kubectl --namespace default delete services kubedrill-canary-${NOW_MS}`,
    );
  });

  it('does not know where it may not write', async () => {
    const refuses = () => ({ code: 403, message: 'no' });
    await using cluster = await opened([{ objects: SOUND, refuses }]);
    expect(await freshObject.detect(cluster.patient)).toMatchObject({
      verdict: 'unknown',
      findings: [],
    });
  });
});

describe('certificates', () => {
  const DAY_MS = 86_400_000;

  /**
   * @param told whose certificate pods are told to trust.
   * @param of who shows the certificate; the API server does not answer where it is etcd.
   * @param known whose certificate is in the kubeconfig.
   */
  async function examined(
    issuedAtMs: number,
    told: 'own' | 'other',
    { of = 'api', known = 'own' }: { of?: 'api' | 'etcd'; known?: 'own' | 'other' } = {},
  ) {
    const [own, other] = await Promise.all([
      Authority.create('own', issuedAtMs),
      Authority.create('other', issuedAtMs),
    ]);
    const request = { commonName: 'api', addresses: ['127.0.0.1'], usage: 'server' } as const;
    const { cert, key } = await own.issue(request);
    const server = createServer({ cert, key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const authorities = { own: own.identity.cert, other: other.identity.cert };
    const ca = authorities[told];
    const metadata = { namespace: 'kube-system' };
    const root = some('configMaps', 'kube-root-ca.crt', metadata, { data: { 'ca.crt': ca } });
    await using cluster = await opened([{ objects: [root] }]);
    const { parts } = cluster.patient;
    Object.assign(parts, { identity: { ca: Buffer.from(authorities[known]) } });
    const [plain] = parts.servers;
    if (plain === undefined) throw new Error('no server');
    const url = `https://127.0.0.1:${port}`;
    const down = { host: `127.0.0.1:${port}`, up: null, down: 'does not answer' };
    Object.assign(
      parts,
      of === 'api'
        ? { servers: [{ ...(known === 'own' ? plain : down), url }] }
        : { members: [{ ...down, url }], servers: [{ ...down, url: 'https://127.0.0.1:1' }] },
    );
    try {
      return await certificates.detect(cluster.patient);
    } finally {
      server.close();
    }
  }

  it('is silent where they are young and of the authority that pods are told', async () => {
    expect(await examined(NOW_MS, 'own')).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('finds an authority that pods are not told', async () => {
    expect(codesOf(await examined(NOW_MS, 'other'))).toEqual(['cluster-ca-differs']);
  });

  it('finds an authority that the kubeconfig does not know, which nobody else can then ask', async () => {
    const found = await examined(NOW_MS, 'own', { known: 'other' });
    expect(codesOf(found)).toEqual(['cluster-ca-differs']);
    expect(found.findings[0]?.message).toContain('in the kubeconfig');
  });

  it('finds one that has run out', async () => {
    const found = await examined(NOW_MS - 4000 * DAY_MS, 'own');
    expect(codesOf(found)).toEqual(['certificate-expired']);
  });

  it("finds etcd's that has run out, for which there is no API server", async () => {
    const found = await examined(NOW_MS - 4000 * DAY_MS, 'own', { of: 'etcd' });
    expect(found).toMatchObject({ verdict: 'fail', findings: [{ code: 'certificate-expired' }] });
    expect(found.findings[0]?.message).toContain('of the etcd member');
  });
});
