import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { populate } from '../../../harness/populate/populate.ts';
import { probeAll, probes } from '../../../harness/probes/index.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import { eventually, of, problems, startAll, takeSnapshot } from './observed.ts';

const START_MS = 120_000;

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
    const revisions = () => Promise.all(connections.members.map(({ etcd }) => etcd.status()));
    await eventually(
      'all members have it',
      async () => new Set((await revisions()).map(({ revision }) => revision)).size === 1,
    );
    const seen = await probeAll(cluster, { sentinels: [] });
    expect(problems(seen)).toEqual([]);
    // These members have no hosts, and none is silent.
    const none = ['address-view', 'member-log'];
    expect(new Set(seen.map(({ kind }) => kind))).toEqual(
      new Set(
        probes
          .filter(({ kind, needs }) => needs === 'etcd' && !none.includes(kind))
          .map(({ kind }) => kind),
      ),
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
