import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyValue } from '../../../harness/etcd/client.ts';
import { PLAIN_ROOT } from '../../../harness/etcd/keys.ts';
import { isNotFound } from '../../../harness/kube/error.ts';
import { pathOf } from '../../../harness/kube/resource.ts';
import { RESOURCES } from '../../../harness/kube/resources.ts';
import type { ObjectRef } from '../../../harness/model/finding.ts';
import { countByResource, inventoryOf } from '../../../harness/objects/inventory.ts';
import { Canary } from '../../../harness/populate/canary.ts';
import { type Population, populate } from '../../../harness/populate/populate.ts';
import { writeAfterBackup } from '../../../harness/populate/write-after-backup.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';

const START_MS = 90_000;

/** Rows below a prefix as the first member holds them. */
async function rowsOf({ members }: Connections, prefix: string): Promise<KeyValue[]> {
  const rows: KeyValue[] = [];
  for await (const { kvs } of members[0]?.etcd.pages(prefix) ?? []) rows.push(...kvs);
  return rows;
}

async function inventory(connections: Connections) {
  const rows = await rowsOf(connections, '/registry/');
  return inventoryOf(
    rows.map((row) => ({ ...row, lease: BigInt(`0x${row.lease}`) })),
    { prefix: '/registry', revision: 0 },
  );
}

describe('a populated Kubernetes', () => {
  let cluster: BareCluster;
  let connections: Connections;
  let population: Population;

  beforeAll(async () => {
    cluster = await startBareCluster({ members: 1, apiServers: 1, tls: true });
    connections = connect(cluster, 10_000);
    population = await populate(cluster, { count: 700, seed: 7 });
  }, START_MS);

  afterAll(async () => {
    connections?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('holds about as many objects as were asked for, of every kind', async () => {
    expect(population.objectCount).toBe(700);
    const counts = countByResource(await inventory(connections));
    const countOf = (name: string) =>
      counts.find(({ group, resource }) => `${group}/${resource}` === name)?.count ?? 0;
    for (const kind of ['/secrets', '/services', 'apps/deployments', 'kubedrill.dev/rehearsals'])
      expect(countOf(kind), kind).toBeGreaterThanOrEqual(20);
    for (const kind of ['/persistentvolumes', '/persistentvolumeclaims'])
      expect(countOf(kind), kind).toBe(11);
    expect(countOf('networking.k8s.io/ingresses')).toBe(11);
    expect(countOf('apiextensions.k8s.io/customresourcedefinitions')).toBe(1);
    expect(countOf('/configmaps')).toBeGreaterThan(400);
  });

  it('lists through the API what was put into etcd past it', async () => {
    const [api] = connections.apiServers;
    const listed: string[] = [];
    await api?.list(RESOURCES.configMaps, {
      mode: 'cache',
      onItem: ({ metadata }) => listed.push(`${metadata.namespace}/${metadata.name}`),
    });
    const held = (await inventory(connections)).entries
      .filter(({ group, resource }) => group === '' && resource === 'configmaps')
      .map(({ namespace, name }) => `${namespace}/${name}`);
    expect(listed.filter((name) => name.includes('/bulk-')).length).toBeGreaterThan(50);
    expect(listed.sort()).toEqual(held.sort());
    const bulk = await api?.get(pathOf(RESOURCES.configMaps, 'kubedrill-app-1', 'bulk-0'));
    expect(bulk?.data).toMatchObject({ mode: 'rehearsal' });
    // A stored value that the API server would write differently could not be updated in peace.
    await expect(
      api?.update(RESOURCES.configMaps, bulk ?? { metadata: { name: '' } }),
    ).resolves.toBeDefined();
  });

  it('has sentinels that can be asked for by name, one of each kind', async () => {
    const kinds = new Set(
      population.sentinels.map(({ group, resource }) => `${group}/${resource}`),
    );
    expect(kinds.size).toBeGreaterThanOrEqual(13);
    const all = (await inventory(connections)).entries.map(nameOf);
    expect(all).toEqual(expect.arrayContaining(population.sentinels.map(nameOf)));
  });

  it('has a history: updated objects, and tombstones of deleted ones', async () => {
    const { entries } = await inventory(connections);
    expect(
      entries.filter(
        ({ name, createRevision, modRevision }) =>
          name.startsWith('config-') && modRevision > createRevision,
      ).length,
    ).toBeGreaterThan(10);
    expect(entries.some(({ name }) => name.startsWith('deleted-'))).toBe(false);
    const dead = await connections.members[0]?.etcd.range(
      '/registry/configmaps/kubedrill-app-1/deleted-0',
      { revision: population.revision, countOnly: true },
    );
    expect(dead?.count).toBe(0);
  });

  it('is written to after the backup: new, changed and deleted objects', async () => {
    const later = await writeAfterBackup(cluster, { revisions: 40, seed: 7, population });
    const written = later.revision - population.revision;
    expect(written).toBeGreaterThanOrEqual(40);
    expect(written).toBeLessThan(60);
    const names = (await inventory(connections)).entries.map(nameOf);
    expect(names).toEqual(expect.arrayContaining(later.sentinels.map(nameOf)));
    expect(names).toEqual(expect.arrayContaining(later.changed.map(nameOf)));
    for (const ref of later.deleted) expect(names).not.toContain(nameOf(ref));
    expect(later.changed).toHaveLength(4);
  });

  it('only gets more objects where nothing is restored', async () => {
    const before = (await inventory(connections)).entries.map(nameOf);
    const later = await writeAfterBackup(cluster, { revisions: 20, seed: 7, round: 2 });
    expect(later.deleted).toEqual([]);
    const after = (await inventory(connections)).entries.map(nameOf);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  it(
    'keeps a canary that survives its API server',
    async () => {
      const canary = new Canary(cluster);
      try {
        await writesOf(canary, 3);
        const highest = canary.highestRevision();
        await cluster.stop('kube-apiserver', 'host-1');
        const acknowledged = canary.acknowledged.length;
        await cluster.start('kube-apiserver', 'host-1');
        await writesOf(canary, acknowledged + 3);
        expect(canary.highestRevision()).toBeGreaterThan(highest);
      } finally {
        await canary.stop();
      }
      const writes = canary.acknowledged.map(({ revision }) => revision);
      expect(writes).toEqual(writes.toSorted((a, b) => a - b));
    },
    START_MS,
  );

  it('refuses what the API refuses at once, without patience', async () => {
    const api = connections.apiServers[0];
    const bad = { metadata: { name: 'Not_A_Name', namespace: 'default' } };
    const error = await api?.create(RESOURCES.configMaps, bad).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ httpCode: 422, reason: 'Invalid', definite: true });
    const missing = api?.get(pathOf(RESOURCES.configMaps, 'default', 'missing'));
    expect(isNotFound(await missing?.catch((thrown: unknown) => thrown))).toBe(true);
  });
});

describe('a populated etcd without Kubernetes', () => {
  let cluster: BareCluster;
  let connections: Connections;

  beforeAll(async () => {
    cluster = await startBareCluster({ members: 3, apiServers: 0 });
    connections = connect(cluster, 10_000);
  }, START_MS);

  afterAll(async () => {
    connections?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const content = async () =>
    (await rowsOf(connections, PLAIN_ROOT)).map(({ key, value }) => [
      Buffer.from(key).toString(),
      Buffer.from(value).toString(),
    ]);

  it('holds plain keys, the same ones for the same seed', async () => {
    const population = await populate(cluster, { count: 300, seed: 3 });
    expect(population.objectCount).toBe(300);
    const first = await content();
    expect(first).toHaveLength(300);
    expect(first.map(([key]) => key)).toEqual(
      expect.arrayContaining(population.sentinels.map(({ name }) => name)),
    );
    await connections.members[0]?.etcd.delete(PLAIN_ROOT, { prefix: true });
    await populate(cluster, { count: 300, seed: 3 });
    expect(await content()).toEqual(first);
  });

  it('is written to after the backup by so many revisions', async () => {
    const population = await populate(cluster, { count: 100, seed: 3 });
    const later = await writeAfterBackup(cluster, { revisions: 500, seed: 3, population });
    expect(later.revision - population.revision).toBe(500);
    const keys = (await content()).map(([key]) => key);
    expect(keys).toEqual(expect.arrayContaining(later.sentinels.map(({ name }) => name)));
    for (const { name } of later.deleted) expect(keys).not.toContain(name);
  });

  it('keeps a canary that goes on through the members that are left', async () => {
    const canary = new Canary(cluster);
    try {
      await writesOf(canary, 3);
      const lost = canary.acknowledged.at(-1)?.host ?? '';
      await cluster.stop('etcd', lost);
      const before = canary.acknowledged.length;
      await writesOf(canary, before + 5);
      expect(canary.acknowledged.slice(before + 1).map(({ host }) => host)).not.toContain(lost);
    } finally {
      await canary.stop();
    }
    expect(canary.rpo({ atMs: 0, revision: 1 }, Number.POSITIVE_INFINITY, 4).objects).toBe(5);
  });

  it('is told at once by a member without a leader that there is none', async () => {
    const answers = connections.members.map(async ({ host, etcd }) => {
      await etcd.status({ timeoutMs: 5000 });
      return { host, etcd };
    });
    const { host: left, etcd: survivor } = await Promise.any(answers);
    const others = cluster.members.filter(({ host }) => host !== left);
    await Promise.all(others.map(({ host }) => cluster.stop('etcd', host)));
    await until(
      'the survivor knows no leader',
      async () => ((await survivor.status()).leaderId === '0' ? done(true) : notYet('it does')),
      { timeoutMs: 20_000 },
    );
    await expect(survivor.put('late', 'x', { requireLeader: true })).rejects.toThrow(/no leader/);
    await expect(survivor.put('late', 'x', { timeoutMs: 200 })).rejects.toThrow(/no answer/);
  });
});

function nameOf({ group, resource, namespace, name }: ObjectRef): string {
  return `${group}/${resource} ${namespace ?? ''}/${name}`;
}

function writesOf(canary: Canary, count: number): Promise<void> {
  return until(
    `${count} writes of the canary are acknowledged`,
    () => {
      const { length } = canary.acknowledged;
      return length >= count ? done(undefined) : notYet(`${length}`);
    },
    { timeoutMs: 30_000 },
  );
}
