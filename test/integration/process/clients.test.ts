import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../../harness/etcd/channel.ts';
import { EtcdClient } from '../../../harness/etcd/client.ts';
import { EtcdError } from '../../../harness/etcd/error.ts';
import { integer, message } from '../../../harness/etcd/message.ts';
import { emptyMessage } from '../../../harness/etcd/rpc.ts';
import type { WatchEnd, WatchEvent } from '../../../harness/etcd/watch.ts';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import { ApiError, isExpired } from '../../../harness/kube/error.ts';
import { pathOf } from '../../../harness/kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../../harness/kube/resources.ts';
import { inParallel } from '../../../harness/support/parallel.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';

const START_MS = 90_000;

let cluster: BareCluster;
let etcd: EtcdClient;
let api: ApiServer;

beforeAll(async () => {
  cluster = await startBareCluster({ members: 1, apiServers: 1, tls: true });
  const url = cluster.members[0]?.clientUrl ?? '';
  etcd = new EtcdClient({ url, credentials: cluster.etcdCredentials });
  const server = cluster.apiServers[0]?.url ?? '';
  api = new ApiServer({ host: 'host-1', url: server, credentials: cluster.kubeCredentials });
}, START_MS);

afterAll(async () => {
  etcd?.close();
  api?.close();
  await cluster?.[Symbol.asyncDispose]();
});

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (thrown) => thrown,
  );

function eventually<T>(what: string, look: () => T | undefined): Promise<T> {
  return until(
    what,
    () => {
      const seen = look();
      return seen === undefined ? notYet('not yet') : done(seen);
    },
    { timeoutMs: 20_000 },
  );
}

describe('the etcd client', () => {
  it('writes, reads back and deletes', async () => {
    const revision = await etcd.put('/t/a', 'one');
    const modRevision = await etcd.put('/t/a', 'two');
    const now = await etcd.range('/t/a');
    expect(now.kvs.map(({ value }) => text(value))).toEqual(['two']);
    expect(now.kvs[0]).toMatchObject({
      createRevision: revision,
      modRevision,
      version: 2,
      lease: '0',
    });
    expect(text((await etcd.range('/t/a', { revision })).kvs[0]?.value)).toBe('one');
    expect(await etcd.delete('/t/a')).toMatchObject({ deleted: 1 });
    expect((await etcd.range('/t/a')).kvs).toEqual([]);
  });

  it('writes many keys at one revision', async () => {
    const put = (key: string) => ({ put: { key: Buffer.from(key), value: Buffer.from('x') } });
    const revision = await etcd.write([put('/m/1'), put('/m/2'), put('/m/3')]);
    const { kvs, count } = await etcd.range('/m/', { prefix: true });
    expect(count).toBe(3);
    expect(new Set(kvs.map(({ modRevision }) => modRevision))).toEqual(new Set([revision]));
  });

  it('pages through a prefix at the revision of its first page', async () => {
    await inParallel(Array.from({ length: 25 }).keys(), 5, (index) =>
      etcd.put(`/p/${String(index).padStart(2, '0')}`, 'x'),
    );
    const keys: string[] = [];
    const revisions = new Set<number>();
    for await (const page of etcd.pages('/p/', { limit: 10, serializable: true })) {
      keys.push(...page.kvs.map(({ key }) => text(key)));
      revisions.add(page.revision);
      // Written between the pages, so no part of any.
      await etcd.put('/p/99', 'later');
    }
    expect(keys).toHaveLength(25);
    expect(revisions.size).toBe(1);
  });

  it('pages through every key of the store', async () => {
    const all = await etcd.range('', { prefix: true, countOnly: true });
    let seen = 0;
    for await (const { kvs } of etcd.pages('', { limit: 100, keysOnly: true })) seen += kvs.length;
    expect(seen).toBeGreaterThan(100);
    expect(Math.abs(seen - all.count)).toBeLessThan(50);
  });

  it('yields one empty page for a prefix with nothing below', async () => {
    const pages = [];
    for await (const page of etcd.pages('/nothing/')) pages.push(page);
    expect(pages).toHaveLength(1);
    expect(pages[0]?.revision).toBeGreaterThan(0);
  });

  it('watches from a revision of the past', async () => {
    const revision = await etcd.put('/w/1', 'x');
    await etcd.delete('/w/1');
    const seen: WatchEvent[] = [];
    const ends: WatchEnd[] = [];
    const watch = etcd.watch('/w/', {
      startRevision: revision,
      onEvents: (events) => seen.push(...events),
      onEnd: (end) => ends.push(end),
    });
    await etcd.put('/w/2', 'y');
    await eventually('three events', () => (seen.length >= 3 ? seen : undefined));
    expect(seen.map(({ type, kv }) => `${type} ${text(kv.key)}`)).toEqual([
      'put /w/1',
      'delete /w/1',
      'put /w/2',
    ]);
    watch.close();
    watch.close();
    expect(ends).toEqual([{ reason: 'closed' }]);
  });

  it('hears that the revision it wants to watch from is gone', async () => {
    const revision = await etcd.put('/c', 'x');
    const channel = new Channel(etcd.endpoint, cluster.etcdCredentials);
    const request = message({ revision: integer(1) });
    const compact = { name: 'KV.Compact', request, response: emptyMessage };
    await channel.call(compact, { revision }, 5000);
    channel.close();
    const ends: WatchEnd[] = [];
    const onEnd = (end: WatchEnd) => ends.push(end);
    etcd.watch('/c', { startRevision: 1, onEvents: () => undefined, onEnd });
    await eventually('the end', () => ends[0]);
    expect(ends).toEqual([{ reason: 'compacted', compactRevision: revision }]);
  });

  it(
    'tells of a watch whose member died',
    async () => {
      const ends: WatchEnd[] = [];
      const onEnd = (end: WatchEnd) => ends.push(end);
      let created = false;
      const onCreated = () => {
        created = true;
      };
      etcd.watch('/x', { startRevision: 0, onEvents: () => undefined, onCreated, onEnd });
      await eventually('it stands', () => created || undefined);
      await cluster.stop('etcd', 'host-1');
      await cluster.start('etcd', 'host-1');
      await eventually('the end', () => ends[0]);
      expect(ends).toMatchObject([{ reason: 'error', error: { call: 'Watch.Watch' } }]);
      await eventually('the same client works again', () => true);
      await until('it works again', async () => done(await etcd.put('/x', '1')), {
        timeoutMs: 10_000,
      });
    },
    START_MS,
  );

  it('adds and removes members', async () => {
    const before = await etcd.memberList({ linearizable: true });
    const { id, members } = await etcd.memberAdd(['http://127.0.0.1:1'], { learner: true });
    expect(members).toHaveLength(before.members.length + 1);
    const added = (await etcd.memberList()).members.find((member) => member.id === id);
    expect(added).toMatchObject({ peerUrls: ['http://127.0.0.1:1'], learner: true });
    expect(await etcd.memberRemove(id)).toEqual(before.members);
  });

  it('streams a snapshot that restores', async () => {
    await etcd.put('/snapshot', 'kept');
    const file = join(cluster.directory, 'whole.db');
    const sizeBytes = await etcd.snapshot(file);
    expect(sizeBytes).toBeGreaterThan(1000);
    expect(await caught(etcd.snapshot(file))).toMatchObject({ kind: 'environment' });
  });

  it('says what refused it, and that nothing was written', async () => {
    const error = await caught(etcd.hashKv(1_000_000_000));
    expect(error).toBeInstanceOf(EtcdError);
    expect(error).toMatchObject({
      call: 'Maintenance.HashKV',
      code: 'OUT_OF_RANGE',
      definite: true,
      endpoint: etcd.endpoint,
    });
  });

  it('does not talk to a server whose certificate it cannot trust', async () => {
    const stranger = new EtcdClient({ url: etcd.endpoint, credentials: undefined });
    expect(await caught(stranger.status())).toMatchObject({ code: 'UNAVAILABLE' });
    stranger.close();
  });

  it('names the certificate that it cannot read', () => {
    const files = { ca: '/nowhere/ca.crt', cert: '/nowhere/a.crt', key: '/nowhere/a.key' };
    expect(() => new EtcdClient({ url: etcd.endpoint, credentials: files })).toThrow(
      '/nowhere/ca.crt',
    );
  });
});

describe('the client of an API server', () => {
  // What was done to etcd above makes the API server fill its caches anew.
  beforeAll(async () => {
    const onItem = () => undefined;
    await until(
      'ConfigMaps can be listed',
      async () => done(await api.list(RESOURCES.configMaps, { mode: 'cache', onItem })),
      { timeoutMs: 30_000 },
    );
  }, START_MS);

  const configMap = (name: string, data: Record<string, string> = {}) => ({
    apiVersion: apiVersionOf(RESOURCES.configMaps),
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels: { test: 'clients' } },
    data,
  });

  it('discovers what can be listed, each resource preferred at one version', async () => {
    const found = await api.discover();
    const preferred = found
      .filter((each) => each.preferred)
      .map((each) => `${each.group}/${each.resource}`);
    expect(new Set(preferred).size).toBe(preferred.length);
    expect(preferred).toEqual(
      expect.arrayContaining(['/configmaps', 'apps/deployments', '/events']),
    );
    expect(preferred).not.toContain('/componentstatuses');
    expect(preferred).not.toContain('events.k8s.io/events');
    const versions = found.filter(({ resource }) => resource === 'horizontalpodautoscalers');
    expect(versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });

  it(
    'lists the same from the cache and page by page',
    async () => {
      await inParallel(Array.from({ length: 1100 }).keys(), 16, (index) =>
        api.create(RESOURCES.configMaps, configMap(`page-${index}`)),
      );
      const namesOf = async (mode: 'cache' | 'consistent') => {
        const names: string[] = [];
        const onItem = ({ metadata }: { metadata: { name: string } }) => names.push(metadata.name);
        const labelSelector = 'test=clients';
        const revision = await api.list(RESOURCES.configMaps, { mode, labelSelector, onItem });
        expect(revision).toBeGreaterThan(1100);
        return names.sort();
      };
      const paged = await namesOf('consistent');
      expect(paged).toHaveLength(1100);
      expect(await namesOf('cache')).toEqual(paged);
    },
    START_MS,
  );

  it('creates, updates, runs dry and deletes', async () => {
    const stored = await api.create(RESOURCES.configMaps, configMap('one', { a: '1' }));
    await api.update(RESOURCES.configMaps, { ...stored, data: { a: '2' } });
    const path = pathOf(RESOURCES.configMaps, 'default', 'one');
    expect((await api.get(path)).data).toEqual({ a: '2' });
    const stale = await caught(api.update(RESOURCES.configMaps, stored));
    expect(stale).toMatchObject({ httpCode: 409, reason: 'Conflict', definite: true });
    await api.dryRunCreate(RESOURCES.configMaps, configMap('dry'));
    await api.delete(RESOURCES.configMaps, 'default', 'one');
    const names = ['dry', 'one'].map((name) => pathOf(RESOURCES.configMaps, 'default', name));
    for (const name of names) expect(await caught(api.get(name))).toMatchObject({ httpCode: 404 });
  });

  it('watches on from a revision, and ends when told to', async () => {
    const { metadata } = await api.create(RESOURCES.configMaps, configMap('watched'));
    const events: string[] = [];
    const stop = new AbortController();
    const watching = api.watch(RESOURCES.configMaps, {
      namespace: 'default',
      resourceVersion: metadata.resourceVersion ?? '',
      onEvent: ({ type, object }) => events.push(`${type} ${object.metadata.name}`),
      signal: stop.signal,
    });
    await api.update(RESOURCES.configMaps, configMap('watched', { a: 'ü\n"' }));
    await api.delete(RESOURCES.configMaps, 'default', 'watched');
    await eventually('both events', () => (events.length >= 2 ? true : undefined));
    expect(events).toEqual(['MODIFIED watched', 'DELETED watched']);
    stop.abort();
    expect(await caught(watching)).toBeInstanceOf(ApiError);
  });

  it('is told that a revision has expired', async () => {
    const watching = api.watch(RESOURCES.configMaps, {
      resourceVersion: '1',
      onEvent: () => undefined,
      signal: AbortSignal.timeout(20_000),
    });
    expect(isExpired(await caught(watching))).toBe(true);
  });

  it('says in time that nobody answers', async () => {
    cluster.signal('kube-apiserver', 'host-1', 'SIGSTOP');
    const error = await caught(api.text('/readyz', { timeoutMs: 500 }));
    cluster.signal('kube-apiserver', 'host-1', 'SIGCONT');
    expect(error).toMatchObject({ httpCode: null, reason: 'ETIMEDOUT', definite: false });
    const nobody = new ApiServer({ host: 'x', url: 'https://127.0.0.1:1' });
    expect(await caught(nobody.text('/readyz'))).toMatchObject({
      reason: 'ECONNREFUSED',
      definite: true,
    });
    nobody.close();
  });

  it(
    'sends a reading request again when the kept connection was closed meanwhile',
    async () => {
      await api.text('/readyz');
      await cluster.stop('kube-apiserver', 'host-1');
      await cluster.start('kube-apiserver', 'host-1');
      expect(await api.text('/readyz')).toBe('ok');
    },
    START_MS,
  );
});
