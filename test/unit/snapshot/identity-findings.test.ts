import { describe, expect, test } from 'vitest';
import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { codesOf } from './findings-of.ts';
import { HEALTHY_ROWS, number, type StoreSpec, saveFile } from './store-writer.ts';

const rows = [...HEALTHY_ROWS];
const member = (id: number, more: object = {}) =>
  JSON.stringify({
    id,
    peerURLs: ['https://10.0.0.1:2380'],
    name: `etcd-${id}`,
    clientURLs: ['https://10.0.0.1:2379'],
    ...more,
  });
const alarmOf = (id: number, alarm: number) =>
  Buffer.concat([number(8, id), number(16, alarm)]).toString('latin1');

function store(buckets: NonNullable<StoreSpec['buckets']>): Buffer {
  return saveFile({ rows, buckets });
}

describe('members', () => {
  test('of an ordinary cluster are no finding', async () => {
    const file = store({ members: { '7': member(7) }, members_removed: { '8': 'removed' } });
    expect(await codesOf(file)).toEqual([]);
    await using reading = await openSnapshotBytes(file);
    expect(reading.identity).toMatchObject({
      members: [{ id: '7', name: 'etcd-7', peerUrls: ['https://10.0.0.1:2380'] }],
      membersRemoved: ['8'],
    });
  });

  test('that are learners are named', async () => {
    const file = store({ members: { '7': member(7, { isLearner: true }) } });
    expect(await codesOf(file)).toEqual(['learner-left-over']);
  });

  test('that were removed and are still there are found', async () => {
    const file = store({ members: { '7': member(7) }, members_removed: { '7': 'removed' } });
    expect(await codesOf(file)).toEqual(['removed-member-present']);
  });

  test('of a restore without name and URLs are found', async () => {
    const identity = { name: 'default', peerURLs: ['http://localhost:2380'] };
    const file = store({ members: { '7': member(7, identity) } });
    expect(await codesOf(file)).toEqual(['default-identity']);
  });
});

describe('alarms', () => {
  test.each([
    ['alarm-nospace', 7, 1],
    ['alarm-corrupt', 7, 2],
    ['alarm-foreign', 8, 1],
  ])('%s is found', async (code, id, alarm) => {
    const file = store({ members: { '7': member(7) }, alarm: { [alarmOf(id, alarm)]: '' } });
    expect(await codesOf(file)).toEqual([code]);
  });
});

describe('authentication', () => {
  test('that is on is found, with the users', async () => {
    const on = { auth: { authEnabled: '\x01' }, authUsers: { root: 'x' } };
    expect(await codesOf(store(on))).toEqual(['auth-enabled']);
    expect(await codesOf(store({ auth: { authEnabled: '\0' } }))).toEqual([]);
  });
});

describe('the version of the data', () => {
  const of = (cluster: string, storage?: string) =>
    store({
      cluster: { clusterVersion: cluster },
      meta: storage === undefined ? {} : { storageVersion: storage },
    });

  test.each([
    ['3.6.0', '3.6.0', '3.6.16', []],
    ['3.6.0', '3.6.0', '3.7', []],
    ['3.5.0', undefined, 'v3.6.0', []],
    ['3.6.0', '3.6.0', '3.5.26', ['version-newer']],
    ['3.6.0', '3.5.0', '3.5.26', ['version-newer']],
    ['3.4.0', undefined, '3.6.16', ['version-skipped']],
    ['3.4.0', undefined, undefined, []],
  ])('cluster %s, storage %s, for etcd %s', async (cluster, storage, etcdVersion, codes) => {
    const options = etcdVersion === undefined ? {} : { etcdVersion };
    expect(await codesOf(of(cluster, storage), options)).toEqual(codes);
  });
});

describe('freshness', () => {
  test('a file that ends before an acknowledged revision is refused', async () => {
    const file = saveFile({ rows });
    expect(await codesOf(file, { minRevision: 7 })).toEqual([]);
    expect(await codesOf(file, { minRevision: 8 })).toEqual(['revision-too-low']);
  });

  test('a store without a key does not pass unnoticed', async () => {
    expect(await codesOf(saveFile({ rows: [] }))).toEqual(['empty-store']);
    const deleted = [
      { main: 2, key: '/a', value: 'one' },
      { main: 3, key: '/a', marked: true, deletes: true },
    ];
    expect(await codesOf(saveFile({ rows: deleted }))).toEqual(['empty-store']);
  });
});

test('a live key of a lease that is not there is found', async () => {
  const leased = { main: 8, key: '/f', value: 'one', lease: 7 };
  const lease = { '\0\0\0\0\0\0\0\x07': Buffer.concat([number(8, 7), number(16, 60)]) };
  expect(await codesOf(saveFile({ rows: [...rows, leased] }))).toEqual(['lease-missing']);
  expect(await codesOf(saveFile({ rows: [...rows, leased], buckets: { lease } }))).toEqual([]);
  const detached = { main: 9, key: '/f', value: 'two', create: 8, version: 2 };
  expect(await codesOf(saveFile({ rows: [...rows, leased, detached] }))).toEqual([]);
});

test('a lease is read with its time to live', async () => {
  const file = store({
    lease: { '\0\0\0\0\0\0\0\x07': Buffer.concat([number(8, 7), number(16, 60)]) },
  });
  expect(await codesOf(file)).toEqual([]);
  await using reading = await openSnapshotBytes(file);
  expect(reading.identity.leases).toEqual([{ id: '0000000000000007', ttlS: 60 }]);
});
