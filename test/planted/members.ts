import type { CheckView } from '../../harness/model/check.ts';
import type { Member, Observation } from '../../harness/model/observation.ts';
import { alter, alterOn, type Defect, defectsOf, silence } from './defect.ts';
import { memberId, memberRows, NOON_MS, peerUrl } from './healthy.ts';

const DEFAULT_ID = '8e9e05c52164694d';

/** Each host restored without --name and --initial-cluster, and started under its own name. */
export function restoredWithoutNames(twin: CheckView): CheckView {
  const clusterId = 'cdf818194e3a8c32';
  const led = alter(twin, 'member-status', (status) => ({
    ...status,
    clusterId,
    memberId: DEFAULT_ID,
    leaderId: DEFAULT_ID,
  }));
  const listed = alter(led, 'member-list', (list) => ({
    ...list,
    clusterId,
    members: [row({ id: DEFAULT_ID, name: list.source, peerUrls: ['http://localhost:2380'] })],
  }));
  return unreplicated(listed);
}

/** Each host restored with its name, as a cluster of one. */
export function restoredApart(twin: CheckView): CheckView {
  const led = alter(twin, 'member-status', (status) => ({
    ...status,
    clusterId: `c1d${status.source.slice(-1)}`,
    leaderId: status.memberId,
  }));
  return alter(led, 'member-list', (list) => ({
    ...list,
    clusterId: `c1d${list.source.slice(-1)}`,
    members: list.members.filter((member) => member.name === list.source),
  }));
}

/** etcd-1 restored with a new token while the others went on with their old data. */
export function restoredAlone(twin: CheckView): CheckView {
  return alterOn(twin, 'member-status', 'etcd-1', (status) => ({
    ...status,
    clusterId: 'beef',
    memberId: 'b1',
    leaderId: '0',
  }));
}

/** Each member from another snapshot: new writes replicate, the history differs. */
export function mixedSnapshots(twin: CheckView): CheckView {
  const behind = (host: string): number => (Number(host.slice(-1)) - 1) * 110;
  const moved = alter(twin, 'member-status', (status) => ({
    ...status,
    revision: status.revision - behind(status.source),
  }));
  return silence(moved, 'revision-hash', 'etcd-3', 'required revision is a future revision');
}

function unreplicated(twin: CheckView): CheckView {
  return alter(twin, 'write-canary', (canary) => ({
    ...canary,
    reads: canary.reads.map((read) => ({ ...read, found: read.member === canary.source })),
  }));
}

function row(parts: Pick<Member, 'id' | 'name' | 'peerUrls'>): Member {
  return { clientUrls: [], learner: false, ...parts };
}

/** Every endpoint tells these rows. */
function listing(twin: CheckView, members: Member[]): CheckView {
  return alter(twin, 'member-list', (list) => ({ ...list, members }));
}

function rowsWith(host: string, change: Partial<Member>): Member[] {
  return memberRows().map((known) => (known.name === host ? { ...known, ...change } : known));
}

function withLeader(twin: CheckView, leaderId: string, ...hosts: string[]): CheckView {
  return alter(twin, 'member-status', (status) =>
    hosts.includes(status.source) ? { ...status, leaderId } : status,
  );
}

/** etcd-3 does not answer; its host runs no etcd, and its log ends so. */
export function died(twin: CheckView, end: string): CheckView {
  const silent = silence(twin, 'member-status', 'etcd-3');
  const log: Observation = {
    kind: 'member-log',
    source: 'etcd-3',
    atMs: NOON_MS,
    running: false,
    end,
  };
  return { ...silent, now: [...silent.now, log] };
}

function fatal(error: string): string {
  return `{"level":"info","msg":"starting"}\n{"level":"fatal","ts":"2026-11-20T12:00:00Z","msg":"discovery failed","error":"${error}"}\n`;
}

function panic(msg: string): string {
  return `{"level":"panic","ts":"2026-11-20T12:00:00Z","msg":"${msg}"}\npanic: ${msg}\n\ngoroutine 1 [running]:\n`;
}

const LAST_WORDS: readonly [planted: string, end: string][] = [
  ['etcd-3 started as new', fatal('member 41ad560dc8dd5be8 has already been bootstrapped')],
  [
    'etcd-3 came back empty under its old identity',
    panic(
      'tocommit(39) is out of range [lastIndex(3)]. Was the raft log corrupted, truncated, or lost?',
    ),
  ],
  [
    'etcd-3 joins a member listed at localhost',
    fatal(
      'cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs',
    ),
  ],
  [
    'etcd-3 was never added',
    fatal(
      'error validating peerURLs {ClusterID:f00d Members:[&{ID:1}] RemovedMemberIDs:[]}: member count is unequal',
    ),
  ],
  [
    'etcd-3 was removed',
    '{"level":"warn","msg":"server error","error":"the member has been permanently removed from the cluster"}\n',
  ],
  [
    'restored under another name',
    fatal('couldn\'t find local name \\"etcd-3\\" in the initial cluster configuration'),
  ],
  [
    'restored with another address',
    fatal(
      '--initial-cluster has etcd-3=http://a but missing from --initial-advertise-peer-urls=http://b',
    ),
  ],
  [
    'its files belong to root',
    fatal('cannot access data directory: open /var/lib/etcd/.touch: permission denied'),
  ],
  ['its disk is full', fatal('write /var/lib/etcd/member/wal/0.tmp: no space left on device')],
  ['its port is taken', fatal('listen tcp 10.77.0.13:2380: bind: address already in use')],
  ['its log is damaged', fatal('walpb: crc mismatch')],
  ['something nobody has seen yet', fatal('the moon is full')],
];

const deaths: [string, string, (twin: CheckView) => CheckView][] = LAST_WORDS.map(
  ([planted, end]) => ['member-will-not-start', planted, (twin) => died(twin, end)],
);

export const memberDefects: Defect[] = [
  ...defectsOf('identity', [
    ['member-unreachable', 'etcd-3 is off', (twin) => silence(twin, 'member-status', 'etcd-3')],
    ...deaths,
    ['default-identity', 'restored without names', restoredWithoutNames],
    [
      'member-id-duplicate',
      'the data directory of etcd-1 was copied to etcd-2',
      (twin) =>
        alterOn(twin, 'member-status', 'etcd-2', (status) => ({
          ...status,
          memberId: memberId('etcd-1'),
        })),
    ],
    ['split-brain', 'restored without names', restoredWithoutNames],
    ['split-brain', 'each host restored as a cluster of one', restoredApart],
    ['cluster-id-differs', 'only etcd-1 was restored', restoredAlone],
    ['no-leader', 'no quorum', (twin) => withLeader(twin, '0', 'etcd-1', 'etcd-2', 'etcd-3')],
    ['no-leader', 'etcd-3 is cut off', (twin) => withLeader(twin, '0', 'etcd-3')],
    [
      'leader-differs',
      'etcd-3 follows another leader',
      (twin) => withLeader(twin, memberId('etcd-1'), 'etcd-3'),
    ],
  ]),
  ...defectsOf('membership', [
    [
      'member-list-differs',
      'etcd-3 does not know etcd-1',
      (twin) =>
        alterOn(twin, 'member-list', 'etcd-3', (list) => ({
          ...list,
          members: list.members.slice(1),
        })),
    ],
    [
      'member-missing',
      'etcd-3 was removed and never added again',
      (twin) => listing(twin, memberRows().slice(0, 2)),
    ],
    [
      'member-unexpected',
      'a dead member was never removed',
      (twin) =>
        listing(twin, [
          ...memberRows(),
          row({ id: 'dead', name: 'etcd-0', peerUrls: ['https://10.77.0.10:2380'] }),
        ]),
    ],
    [
      'member-not-started',
      'etcd-3 was added and not started',
      (twin) => listing(twin, rowsWith('etcd-3', { name: '', peerUrls: [peerUrl('etcd-3')] })),
    ],
    [
      'peer-url-wrong',
      'etcd-3 was added with the address of another host',
      (twin) => listing(twin, rowsWith('etcd-3', { peerUrls: ['https://10.77.0.99:2380'] })),
    ],
    [
      'learner-left',
      'etcd-3 was never promoted',
      (twin) => listing(twin, rowsWith('etcd-3', { learner: true })),
    ],
  ]),
];
