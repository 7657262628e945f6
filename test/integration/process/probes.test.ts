import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../../harness/etcd/channel.ts';
import { PLAIN_CANARIES } from '../../../harness/etcd/keys.ts';
import { alarmRequest, alarmResponse } from '../../../harness/etcd/rpc.ts';
import { CANARY_NAMESPACE } from '../../../harness/kube/drill-objects.ts';
import { type KubeObject, pathOf } from '../../../harness/kube/resource.ts';
import { RESOURCES } from '../../../harness/kube/resources.ts';
import type { ObjectRef } from '../../../harness/model/finding.ts';
import type { Observation, ObservationKind } from '../../../harness/model/observation.ts';
import { type Population, populate } from '../../../harness/populate/populate.ts';
import { writeAfterBackup } from '../../../harness/populate/write-after-backup.ts';
import {
  type ObservableKind,
  probeAll,
  probes,
  WatchingClient,
} from '../../../harness/probes/index.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';

const START_MS = 120_000;

type Of<K extends ObservationKind> = Extract<Observation, { kind: K }>;

function of<K extends ObservationKind>(seen: readonly Observation[], kind: K, source?: string) {
  return seen.filter(
    (each): each is Of<K> => each.kind === kind && (source === undefined || each.source === source),
  );
}

const problems = (seen: readonly Observation[]) =>
  seen.filter((each) => each.kind === 'unavailable' || ('error' in each && each.error !== null));

describe('probes of a Kubernetes on three members', () => {
  let cluster: BareCluster;
  let connections: Connections;
  let population: Population;
  let clients: WatchingClient[] = [];

  const look = (...only: ObservableKind[]) =>
    probeAll(cluster, {
      sentinels: population.sentinels,
      watchingClients: clients,
      ...(only.length > 0 && { only: new Set(only) }),
    });
  const api = () => {
    const [server] = connections.apiServers;
    if (server === undefined) throw new Error('no API server');
    return server;
  };

  beforeAll(async () => {
    cluster = await startBareCluster({ members: 3, apiServers: 2, tls: true });
    connections = connect(cluster, 10_000);
    population = await populate(cluster, { count: 150, seed: 1 });
    clients = cluster.apiServers.map(({ host }) => new WatchingClient(cluster, host));
    await Promise.all(clients.map((client) => client.ready()));
  }, START_MS);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    connections?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('see a healthy cluster the same from everywhere', async () => {
    const seen = await look();
    expect(problems(seen)).toEqual([]);
    const kinds = new Set(seen.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      probes
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'leader-lease')
        .sort(),
    );
    expect(new Set(of(seen, 'member-status').map(({ memberId }) => memberId)).size).toBe(3);
    expect(new Set(of(seen, 'revision-hash').map(({ hash }) => hash)).size).toBe(1);
    for (const { writeError, reads } of of(seen, 'write-canary')) {
      expect(writeError).toBeNull();
      expect(reads.map(({ found }) => found)).toEqual([true, true, true]);
    }
    const held = of(seen, 'etcd-objects').map(({ objects }) => objects.length);
    const listed = cluster.apiServers.flatMap(({ host }) =>
      (['cache', 'consistent'] as const).map((mode) =>
        of(seen, 'api-list', host)
          .filter((list) => list.mode === mode)
          .reduce((sum, { objects }) => sum + objects.length, 0),
      ),
    );
    expect(new Set([...held, ...listed]).size).toBe(1);
    expect(held[0]).toBeGreaterThan(150);
    expect(of(seen, 'api-get').every(({ found }) => found)).toBe(true);
    expect(of(seen, 'fresh-object').every(({ listedAfterMs }) => listedAfterMs !== null)).toBe(
      true,
    );
    expect(of(seen, 'watch-client').map(({ staleMs }) => staleMs)).toEqual([0, 0]);
    const [definition] = of(seen, 'custom-resource');
    expect(definition).toMatchObject({ established: true, storedVersions: ['v1'] });
    expect(definition?.versions.map(({ listed }) => listed)).toEqual([4, 4]);
  });

  it('ask the members last, so that no honest list is ahead of them', async () => {
    const seen = await look('member-status', 'api-list', 'write-canary');
    const [status] = of(seen, 'member-status');
    for (const list of of(seen, 'api-list'))
      expect(list.resourceVersion).toBeLessThanOrEqual(status?.revision ?? 0);
  });

  it('leave nothing behind, and do not see themselves', async () => {
    const seen = await look();
    const etcd = connections.members[0]?.etcd;
    const left = await etcd?.range(`${PLAIN_CANARIES}put-on-`, { prefix: true });
    expect(left?.kvs).toEqual([]);
    const fresh = `/registry/configmaps/${CANARY_NAMESPACE}/fresh-`;
    expect((await etcd?.range(fresh, { prefix: true }))?.kvs).toEqual([]);
    for (const list of [...of(seen, 'etcd-objects'), ...of(seen, 'api-list')])
      expect(list.objects.some(({ namespace }) => namespace === CANARY_NAMESPACE)).toBe(false);
  });

  it('look only at what is asked for', async () => {
    const seen = await look('member-list');
    expect(seen.map(({ kind }) => kind)).toEqual(['member-list', 'member-list', 'member-list']);
  });

  it('tell of a raised alarm and of the writes that it forbids', async () => {
    const [first] = of(await look('member-status'), 'member-status');
    const channel = new Channel(cluster.members[0]?.clientUrl ?? '', cluster.etcdCredentials);
    const method = { name: 'Maintenance.Alarm', request: alarmRequest, response: alarmResponse };
    const memberId = first?.memberId ?? '';
    await channel.call(method, { action: 1, memberId, alarm: 1 }, 5000);
    channel.close();
    try {
      const seen = await look('alarms', 'write-canary');
      for (const { alarms } of of(seen, 'alarms'))
        expect(alarms).toEqual([{ memberId, alarm: 'nospace' }]);
      for (const { writeError } of of(seen, 'write-canary'))
        expect(writeError).toBe('RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded');
    } finally {
      await connections.members[0]?.etcd.disarm(memberId, 'nospace');
    }
    expect(of(await look('alarms'), 'alarms').flatMap(({ alarms }) => alarms)).toEqual([]);
  });

  it('tell of a webhook that keeps pods out, through every API server', async () => {
    const resource = {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'validatingwebhookconfigurations',
      kind: 'ValidatingWebhookConfiguration',
      namespaced: false,
    };
    await api().create(resource, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: resource.kind,
      metadata: { name: 'nobody-home' },
      webhooks: [
        {
          name: 'pods.nobody.home',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          ],
        },
      ],
    });
    const errors = (seen: Observation[]) =>
      of(seen, 'pod-admission').map(({ error }) => error ?? '');
    await eventually('pods are refused', async () => {
      const seen = errors(await look('pod-admission'));
      return seen.every((error) => error.includes('failed calling webhook "pods.nobody.home"'));
    });
    await api().delete(resource, null, 'nobody-home');
    await eventually('pods are admitted', async () =>
      errors(await look('pod-admission')).every((error) => error === ''),
    );
  });

  it('tell of a version of a custom resource that can no longer be listed', async () => {
    const resource = RESOURCES.customResourceDefinitions;
    const path = pathOf(resource, null, 'rehearsals.kubedrill.dev');
    const convert = async (conversion: object) => {
      const { status: _, ...definition } = await api().get(path);
      const spec = { ...(definition.spec as object), conversion };
      await api().update(resource, { ...definition, spec } as KubeObject);
    };
    const clientConfig = { url: 'https://127.0.0.1:1/' };
    await convert({
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1'], clientConfig },
    });
    const oldVersion = (seen: Observation[]) =>
      of(seen, 'custom-resource').map(({ versions }) => versions[0]?.error ?? '');
    await eventually('v1alpha1 cannot be listed', async () =>
      oldVersion(await look('custom-resource')).every((error) =>
        error.includes('conversion webhook'),
      ),
    );
    const [seen] = of(await look('custom-resource'), 'custom-resource');
    expect(seen?.versions[1]).toEqual({ name: 'v1', served: true, listed: 4, error: null });
    await convert({ strategy: 'None' });
    await eventually('v1alpha1 can be listed', async () =>
      oldVersion(await look('custom-resource')).every((error) => error === ''),
    );
  });

  it(
    'say who did not answer, and see the others',
    async () => {
      await cluster.stop('etcd', 'host-3');
      cluster.signal('kube-apiserver', 'host-2', 'SIGSTOP');
      try {
        const seen = await look();
        const silent = of(seen, 'unavailable');
        expect(new Set(silent.map(({ source }) => source))).toEqual(new Set(['host-2', 'host-3']));
        expect(
          silent
            .filter(({ source }) => source === 'host-3')
            .map((each) => each.of)
            .sort(),
        ).toEqual([
          'alarms',
          'etcd-objects',
          'member-list',
          'member-status',
          'revision-hash',
          'write-canary',
        ]);
        expect(silent.find(({ source }) => source === 'host-2')?.reason).toContain(
          'no answer within',
        );
        expect(problems(seen.filter(({ source }) => source === 'host-1'))).toEqual([]);
        const [canary] = of(seen, 'write-canary', 'host-1');
        expect(canary?.reads.map(({ found }) => found)).toEqual([true, true, false]);
      } finally {
        cluster.signal('kube-apiserver', 'host-2', 'SIGCONT');
        await cluster.start('etcd', 'host-3');
      }
    },
    START_MS,
  );

  it(
    'tell of caches and clients that live in the world before a restore',
    async () => {
      const snapshot = await takeSnapshot(connections, cluster.directory);
      const later = await writeAfterBackup(cluster, { revisions: 40, seed: 1, population });
      await eventually('the clients have heard of it', async () =>
        of(await look('watch-client'), 'watch-client').every(
          ({ ghosts, missing }) => ghosts.length + missing.length === 0,
        ),
      );
      await restoreAll(cluster, snapshot);
      const seen = await look();
      const isGhost = ({ namespace }: ObjectRef) => namespace === 'kubedrill-after-1';
      expect(later.sentinels.filter(isGhost).length).toBeGreaterThan(10);
      const [status] = of(seen, 'member-status', 'host-1');
      const configMaps = of(seen, 'api-list', 'host-1').find(
        (list) => list.resource === 'configmaps' && list.mode === 'cache',
      );
      expect(configMaps?.resourceVersion).toBeGreaterThan(status?.revision ?? 0);
      expect(configMaps?.objects.some(isGhost)).toBe(true);
      const [held] = of(seen, 'etcd-objects', 'host-1');
      expect(held?.objects.some(isGhost)).toBe(false);
      const disputed = of(seen, 'api-get', 'host-1').filter(({ object }) => isGhost(object));
      expect(disputed.length).toBeGreaterThan(10);
      expect(disputed.every(({ found }) => !found)).toBe(true);
      const [fresh] = of(seen, 'fresh-object', 'host-1');
      expect(fresh).toMatchObject({ createError: null, listedAfterMs: null });
      for (const client of of(seen, 'watch-client')) {
        expect(client.ghosts.length).toBeGreaterThan(0);
        expect(client.missing.map(({ name }) => name)).toEqual(['watched-1']);
        expect(client.staleMs).toBeGreaterThan(0);
        expect(client.expiredCount).toBe(0);
      }
    },
    START_MS,
  );

  it(
    'see caches and clients come right after a restore with a bump',
    async () => {
      const snapshot = await takeSnapshot(connections, cluster.directory);
      await restoreAll(cluster, snapshot, '--bump-revision', '1000000', '--mark-compacted');
      await eventually('clients were told and are right', async () =>
        of(await look('watch-client'), 'watch-client').every(
          ({ expiredCount, staleMs }) => expiredCount > 0 && staleMs === 0,
        ),
      );
      const [fresh] = of(await look('fresh-object'), 'fresh-object', 'host-1');
      expect(fresh?.listedAfterMs).not.toBeNull();
    },
    START_MS,
  );
});

describe('probes of etcd alone', () => {
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

  it('take keys for objects', async () => {
    await populate(cluster, { count: 1200, seed: 1 });
    const seen = await probeAll(cluster, { sentinels: [] });
    expect(problems(seen)).toEqual([]);
    expect(new Set(seen.map(({ kind }) => kind))).toEqual(
      new Set(probes.filter(({ needs }) => needs === 'etcd').map(({ kind }) => kind)),
    );
    const views = of(seen, 'etcd-objects');
    expect(views.map(({ objects }) => objects.length)).toEqual([1200, 1200, 1200]);
    expect(views[0]?.objects[0]).toMatchObject({
      group: '',
      resource: 'key',
      namespace: null,
      name: '/kubedrill/objects/000000',
    });
    // Equal sights are one record, or large drills would not fit into memory.
    expect(views[1]?.objects[7]).toBe(views[0]?.objects[7]);
  });

  it(
    'tell members of different snapshots apart, although they replicate',
    async () => {
      const early = await takeSnapshot(connections, cluster.directory);
      await connections.members[0]?.etcd.put('/kubedrill/objects/later', 'x');
      const late = await takeSnapshot(connections, cluster.directory);
      for (const { host } of cluster.members) await cluster.stop('etcd', host);
      for (const [host, snapshot] of [
        ['host-1', early],
        ['host-2', late],
        ['host-3', late],
      ] as const)
        await cluster.restore(host, snapshot);
      await startAll(cluster);
      const seen = await probeAll(cluster, { sentinels: [] });
      expect(new Set(of(seen, 'member-status').map(({ leaderId }) => leaderId)).size).toBe(1);
      const reads = of(seen, 'write-canary').flatMap((canary) => canary.reads);
      expect(reads.every(({ found }) => found)).toBe(true);
      expect(new Set(of(seen, 'revision-hash').map(({ hash }) => hash)).size).toBe(2);
    },
    START_MS,
  );

  it(
    'tell members that are clusters of their own',
    async () => {
      const snapshot = await takeSnapshot(connections, cluster.directory);
      for (const { host } of cluster.members) await cluster.stop('etcd', host);
      for (const { host, name, peerUrl } of cluster.members)
        await cluster.restore(host, snapshot, ['--initial-cluster', `${name}=${peerUrl}`]);
      await startAll(cluster);
      const seen = await probeAll(cluster, { sentinels: [] });
      for (const { source, reads } of of(seen, 'write-canary'))
        expect(reads.filter(({ found }) => found).map(({ member }) => member)).toEqual([source]);
      for (const { members } of of(seen, 'member-list')) expect(members).toHaveLength(1);
    },
    START_MS,
  );

  it('still read from a member that has lost the others', async () => {
    await cluster.stop('etcd', 'host-2');
    await cluster.stop('etcd', 'host-3');
    const seen = await probeAll(cluster, { sentinels: [], only: new Set(['etcd-objects']) });
    expect(of(seen, 'etcd-objects').map(({ source }) => source)).toEqual(['host-1']);
    expect(of(seen, 'unavailable')).toHaveLength(2);
  });
});

async function takeSnapshot({ members }: Connections, directory: string): Promise<string> {
  const etcd = members[0]?.etcd;
  const { revision } = (await etcd?.status()) ?? { revision: 0 };
  const file = join(directory, `snapshot-${revision}.db`);
  await etcd?.snapshot(file);
  return file;
}

async function restoreAll(cluster: BareCluster, snapshot: string, ...flags: string[]) {
  for (const { host } of cluster.members) await cluster.stop('etcd', host);
  for (const { host } of cluster.members) await cluster.restore(host, snapshot, flags);
  await startAll(cluster);
}

async function startAll(cluster: BareCluster): Promise<void> {
  await Promise.all(cluster.members.map(({ host }) => cluster.start('etcd', host)));
}

function eventually(what: string, isSo: () => Promise<boolean>): Promise<true> {
  return until(what, async () => ((await isSo()) ? done(true as const) : notYet('not yet')), {
    timeoutMs: 60_000,
    intervalMs: 200,
  });
}
