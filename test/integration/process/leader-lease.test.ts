import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiServer } from '../../../harness/kube/api-server.ts';
import { pathOf } from '../../../harness/kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../../harness/kube/resources.ts';
import type { Observation } from '../../../harness/model/observation.ts';
import { FollowedLeases, probeAll } from '../../../harness/probes/index.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { FakeClock } from '../../unit/support/fake-clock.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import { of } from './observed.ts';

const LONG_AGO_MS = 1_700_000_000_000;
const NAMES = ['kube-controller-manager', 'kube-scheduler'];
const LEADERS = { sentinels: [], controllers: true, only: new Set(['leader-lease' as const]) };

let cluster: BareCluster;
let connections: Connections;

beforeAll(async () => {
  cluster = await startBareCluster({ members: 1, apiServers: 1 });
  connections = connect(cluster, 10_000);
}, 90_000);

afterAll(async () => {
  connections?.close();
  await cluster?.[Symbol.asyncDispose]();
});

function api(): ApiServer {
  const [server] = connections.apiServers;
  if (server === undefined) throw new Error('no API server');
  return server;
}

function lease(name: string, renewedAtMs: number) {
  return {
    apiVersion: apiVersionOf(RESOURCES.leases),
    kind: 'Lease',
    metadata: { name, namespace: 'kube-system' },
    spec: {
      holderIdentity: `${name}-of-old`,
      leaseDurationSeconds: 15,
      renewTime: new Date(renewedAtMs).toISOString().replace('Z', '000Z'),
    },
  };
}

/** Both leaders renew late, yet before they would give up. */
class LateRenewal extends FakeClock {
  #renewed = false;

  override async pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    await super.pause(delayMs, signal);
    if (this.#renewed || this.elapsedMs < 8000) return;
    this.#renewed = true;
    for (const name of NAMES) await renew(name, LONG_AGO_MS + 900_000);
  }
}

async function renew(name: string, atMs: number): Promise<void> {
  const { metadata } = await api().get(pathOf(RESOURCES.leases, 'kube-system', name));
  await api().update(RESOURCES.leases, { ...lease(name, atMs), metadata });
}

it('tells a leader that renews its Lease from one that only left its name', {
  timeout: 90_000,
}, async () => {
  await until(
    'Leases can be made',
    async () => {
      for (const name of NAMES) await api().create(RESOURCES.leases, lease(name, LONG_AGO_MS));
      return done(undefined);
    },
    { timeoutMs: 20_000 },
  );
  let looked: Observation[] | undefined;
  void probeAll(cluster, LEADERS).then((observations) => {
    looked = observations;
  });
  let renewedAtMs = LONG_AGO_MS;
  const seen = await until(
    'the look is over',
    async () => {
      renewedAtMs += 1000;
      await renew('kube-scheduler', renewedAtMs);
      return looked === undefined ? notYet('looking') : done(looked);
    },
    { timeoutMs: 60_000, intervalMs: 300 },
  );
  const leaders = of(seen, 'leader-lease');
  expect(leaders.map(({ name, renewedWhileWatched }) => [name, renewedWhileWatched])).toEqual([
    ['kube-controller-manager', false],
    ['kube-scheduler', true],
  ]);
  expect(leaders[0]).toMatchObject({
    holder: 'kube-controller-manager-of-old',
    renewedAtMs: LONG_AGO_MS,
    leaseDurationMs: 15_000,
  });
});

it('waits for a leader that is late, as one on a busy machine is', async () => {
  const clock = new LateRenewal();
  const leaders = of(await probeAll(cluster, { ...LEADERS, clock }), 'leader-lease');
  expect(leaders.map(({ renewedWhileWatched }) => renewedWhileWatched)).toEqual([true, true]);
});

it('need not wait for a leader that was followed, until what it did is forgotten', async () => {
  const leases = new FollowedLeases(cluster);
  let renewedAtMs = LONG_AGO_MS + 2_000_000;
  const isFollowed = async () => {
    renewedAtMs += 1000;
    await renew('kube-scheduler', renewedAtMs);
    return leases.renewed('kube-scheduler') ? done(undefined) : notYet('not renewed');
  };
  try {
    await until('a renewal is seen', isFollowed, { timeoutMs: 20_000, intervalMs: 300 });
    const clock = new FakeClock();
    const whileNobodyRenews = async () =>
      of(await probeAll(cluster, { ...LEADERS, leases, clock }), 'leader-lease').map(
        ({ name, renewedWhileWatched }) => [name, renewedWhileWatched],
      );
    expect(await whileNobodyRenews()).toEqual([
      ['kube-controller-manager', false],
      ['kube-scheduler', true],
    ]);
    leases.forget();
    expect(await whileNobodyRenews()).toContainEqual(['kube-scheduler', false]);
  } finally {
    await leases.close();
  }
});

it('could not look where there is no Lease at all', async () => {
  for (const name of NAMES) await api().delete(RESOURCES.leases, 'kube-system', name);
  const seen = await probeAll(cluster, LEADERS);
  expect(of(seen, 'unavailable').map((each) => each.of)).toEqual(['leader-lease', 'leader-lease']);
});

it('has nothing to say where no controllers run', async () => {
  expect(await probeAll(cluster, { ...LEADERS, controllers: false })).toEqual([]);
});
