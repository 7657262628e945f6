import { expect, test } from 'vitest';
import { byName, type Cast, mayShareHost, select } from '../../../harness/runbook/roles.ts';
import { castOf, newAttempt, variablesFor } from '../../../harness/runbook/variables.ts';
import { seededRandom } from '../../../harness/support/random.ts';
import type { Cluster } from '../../../harness/targets/target.ts';
import { localHost } from './local-host.ts';

const hosts = ['etcd-1', 'etcd-2', 'etcd-3'].map((name, index) => ({
  ...localHost(name, '/nowhere'),
  address: `10.77.0.1${index + 1}`,
}));
const cluster = {
  members: hosts.map(({ name, address }) => ({
    host: name,
    name,
    clientUrl: `https://${address}:2379`,
    peerUrl: `https://${address}:2380`,
    dataDir: '/var/lib/etcd',
  })),
  apiServers: hosts
    .slice(0, 2)
    .map(({ name, address }) => ({ host: name, url: `https://${address}:6443` })),
  clusterToken: 'old',
  backupDir: '/run-1/backup',
  operator: localHost('operator', '/nowhere'),
  hosts: () => hosts,
  variablesOf: () => ({ BACKUP_DIR: '/backup', KUBECONFIG: '/etc/kubernetes/admin.conf' }),
} as unknown as Cluster;
const attempt = { revisionBump: 1_795_193_902_000, clusterToken: 'fresh' };
const situation = {
  snapshotName: 'etcd-snapshot.db',
  lost: ['etcd-3', 'etcd-2'],
  memberIds: { 'etcd-2': '2b', 'etcd-3': '3c' },
};

test('a survivor is told about itself and the first lost member', () => {
  expect(variablesFor(cluster, 'etcd-1', attempt, situation, { EXTRA: 'x' })).toEqual({
    SNAPSHOT: '/backup/etcd-snapshot.db',
    BACKUP_DIR: '/backup',
    HOST_NAME: 'etcd-1',
    HOST_IP: '10.77.0.11',
    ETCD_NAME: 'etcd-1',
    ETCD_DATA_DIR: '/var/lib/etcd',
    ETCD_PEER_URL: 'https://10.77.0.11:2380',
    ETCD_CLIENT_URL: 'https://10.77.0.11:2379',
    ETCD_INITIAL_CLUSTER:
      'etcd-1=https://10.77.0.11:2380,etcd-2=https://10.77.0.12:2380,etcd-3=https://10.77.0.13:2380',
    MEMBERS: 'etcd-1 etcd-2 etcd-3',
    SURVIVOR_ENDPOINTS: 'https://10.77.0.11:2379',
    ETCDCTL_ENDPOINTS: 'https://10.77.0.11:2379',
    OLD_CLUSTER_TOKEN: 'old',
    NEW_CLUSTER_TOKEN: 'fresh',
    REVISION_BUMP: '1795193902000',
    LOST_NAME: 'etcd-2',
    LOST_IP: '10.77.0.12',
    LOST_PEER_URL: 'https://10.77.0.12:2380',
    LOST_MEMBER_ID: '2b',
    CONTROL_PLANE_ENDPOINT: '10.77.0.11:6443',
    KUBECONFIG: '/etc/kubernetes/admin.conf',
    EXTRA: 'x',
  });
});

test('a lost host is told about itself, the operator about all members', () => {
  const lost = variablesFor(cluster, 'etcd-3', attempt, situation, {});
  expect([lost.LOST_NAME, lost.LOST_MEMBER_ID]).toEqual(['etcd-3', '3c']);
  const operator = variablesFor(cluster, 'operator', attempt, situation, {});
  expect(operator.ETCDCTL_ENDPOINTS?.split(',')).toHaveLength(3);
  expect(operator).not.toHaveProperty('ETCD_NAME');
});

test('nothing is said of the lost when nobody is', () => {
  const whole = variablesFor(cluster, 'etcd-1', attempt, { ...situation, lost: [] }, {});
  expect(Object.keys(whole).filter((name) => name.startsWith('LOST_'))).toEqual([]);
});

test('a scenario’s own variables replace ours', () => {
  const variables = variablesFor(cluster, 'etcd-1', attempt, situation, { REVISION_BUMP: '5' });
  expect(variables.REVISION_BUMP).toBe('5');
});

test('the bump goes by the clock and grows even within one second; the token is never the same', () => {
  const clock = { nowMs: () => 1_795_193_902_900, monotonicMs: () => 0, pause: async () => {} };
  const random = seededRandom(1);
  const first = newAttempt(clock, random);
  const second = newAttempt(clock, random, first);
  expect([first.revisionBump, second.revisionBump]).toEqual([1_795_193_902_000, 1_795_193_903_000]);
  expect(first.clusterToken).not.toBe(second.clusterToken);
});

test('roles select hosts in name order', () => {
  const cast: Cast = castOf(cluster, ['etcd-2']);
  const selected = (on: string) => select(on, cast).join(' ');
  expect(selected('members')).toBe('etcd-1 etcd-2 etcd-3');
  expect(selected('survivors')).toBe('etcd-1 etcd-3');
  expect(selected('first-survivor')).toBe('etcd-1');
  expect(selected('lost')).toBe('etcd-2');
  expect(selected('other-members')).toBe('etcd-2 etcd-3');
  expect(selected('other-control-planes')).toBe('etcd-2');
  expect(selected('operator')).toBe('operator');
  expect(selected('etcd-3')).toBe('etcd-3');
  expect(selected('workers') + selected('etcd-9')).toBe('');
  expect(byName(['etcd-10', 'etcd-2'])).toEqual(['etcd-2', 'etcd-10']);
});

test('roles that exclude each other never share a host', () => {
  expect(mayShareHost('lost', 'survivors')).toBe(false);
  expect(mayShareHost('operator', 'members')).toBe(false);
  expect(mayShareHost('etcd-1', 'etcd-2')).toBe(false);
  expect(mayShareHost('lost', 'control-planes')).toBe(true);
  expect(mayShareHost('members', 'etcd-2')).toBe(true);
});
