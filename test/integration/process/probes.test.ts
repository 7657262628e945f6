import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel } from '../../../harness/etcd/channel.ts';
import { PLAIN_CANARIES } from '../../../harness/etcd/keys.ts';
import { alarmRequest, alarmResponse } from '../../../harness/etcd/rpc.ts';
import { CANARY_NAMESPACE } from '../../../harness/kube/drill-objects.ts';
import { type KubeObject, pathOf } from '../../../harness/kube/resource.ts';
import { RESOURCES } from '../../../harness/kube/resources.ts';
import type { ObjectRef } from '../../../harness/model/finding.ts';
import type { Observation } from '../../../harness/model/observation.ts';
import { type Population, populate } from '../../../harness/populate/populate.ts';
import { writeAfterBackup } from '../../../harness/populate/write-after-backup.ts';
import {
  type ObservableKind,
  probeAll,
  probes,
  WatchingClient,
} from '../../../harness/probes/index.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import { eventually, of, problems, restoreAll, takeSnapshot } from './observed.ts';

const START_MS = 120_000;

/** What a sound cluster without controllers, hosts of ours, nodes, DNS, ingress and webhooks has none of. */
const NOTHING_TO_SEE: ReadonlySet<string> = new Set([
  'address-view',
  'api-pods',
  'bootstrap-token',
  'certificates',
  'client-token',
  'dns-names',
  'ingress-route',
  'kubelet-pods',
  'leader-lease',
  'member-log',
  'new-workload',
  'node-containers',
  'nodes',
  'pod-answers',
  'pod-webhook',
  'service-addresses',
  'service-rules',
  'services',
  'static-pods',
]);

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
        .filter((kind) => !NOTHING_TO_SEE.has(kind))
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
    expect(of(await look('pod-webhook'), 'pod-webhook')).toMatchObject([
      { configuration: 'validatingwebhookconfiguration/nobody-home', service: null },
    ]);
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
          'peer-links',
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
