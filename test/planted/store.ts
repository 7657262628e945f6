import type { CheckView } from '../../harness/model/check.ts';
import { alter, alterOn, type Defect, defectsOf, withFacts } from './defect.ts';
import { memberId } from './healthy.ts';
import { mixedSnapshots } from './members.ts';

/** A restore that failed, moved into place: reads are served, no write ever returns. */
export function zombieDataDirectory(twin: CheckView): CheckView {
  return alter(twin, 'write-canary', (canary) => ({
    ...canary,
    writeError: 'etcdserver: request timed out',
    reads: [],
  }));
}

function raise(twin: CheckView, id: string, alarm: 'nospace' | 'corrupt'): CheckView {
  return alter(twin, 'alarms', (seen) => ({ ...seen, alarms: [{ memberId: id, alarm }] }));
}

export function restoredWithoutBump(twin: CheckView): CheckView {
  return alter(twin, 'member-status', (status) => ({ ...status, revision: 660 }));
}

export const storeDefects: Defect[] = [
  ...defectsOf('alarms', [
    ['alarm-nospace', 'etcd-1 is full', (twin) => raise(twin, memberId('etcd-1'), 'nospace')],
    ['alarm-corrupt', 'etcd-2 is corrupt', (twin) => raise(twin, memberId('etcd-2'), 'corrupt')],
    [
      'alarm-foreign',
      'the snapshot brought an alarm along',
      (twin) => raise(twin, 'd1', 'nospace'),
    ],
  ]),
  ...defectsOf('writes', [['writes-refused', 'a zombie data directory', zombieDataDirectory]]),
  ...defectsOf('replication', [
    [
      'members-diverge',
      'one value of etcd-2 differs',
      (twin) => alterOn(twin, 'revision-hash', 'etcd-2', (seen) => ({ ...seen, hash: 78 })),
    ],
    ['members-diverge', 'each member from another snapshot', mixedSnapshots],
    [
      'members-diverge',
      'a Secret is lost on one member',
      (twin) =>
        alterOn(twin, 'etcd-objects', 'etcd-3', (seen) => ({
          ...seen,
          objects: seen.objects.filter(({ resource }) => resource !== 'secrets'),
        })),
    ],
    [
      'members-diverge',
      'etcd-3 holds another state of a Secret',
      (twin) =>
        alterOn(twin, 'etcd-objects', 'etcd-3', (seen) => ({
          ...seen,
          revision: seen.revision + 3,
          objects: seen.objects.map((object) => ({ ...object, revision: object.revision + 1 })),
        })),
    ],
    [
      'member-lags',
      'etcd-3 is thousands of revisions behind',
      (twin) =>
        alter(
          alterOn(twin, 'member-status', 'etcd-3', (status) => ({
            ...status,
            revision: status.revision - 5_000,
          })),
          'write-canary',
          (canary) => ({
            ...canary,
            reads: canary.reads.map((read) => ({ ...read, found: read.member !== 'etcd-3' })),
          }),
        ),
    ],
    [
      'canary-not-replicated',
      'etcd-3 does not get the write',
      (twin) =>
        alter(twin, 'write-canary', (canary) => ({
          ...canary,
          reads: canary.reads.map((read) => ({ ...read, found: read.member !== 'etcd-3' })),
        })),
    ],
  ]),
  ...defectsOf('revision', [
    ['revision-rewound', 'restored without a bump', restoredWithoutBump],
    [
      'revision-rewound',
      'restored without a bump, and written over since',
      (twin) => withFacts(twin, { firstRevisionServed: 660 }),
    ],
    [
      'revision-rewound',
      'restored without a bump, and nobody looked before etcd had caught up',
      (twin) => alter(twin, 'revision-hash', (seen) => ({ ...seen, compactRevision: 600 })),
    ],
  ]),
  ...defectsOf('budgets', [
    [
      'rto-exceeded',
      'a slow recovery',
      (twin) =>
        withFacts(twin, {
          rto: { totalMs: 95_000, milestones: { restored: 65_000, settled: 95_000 } },
        }),
    ],
    [
      'rto-exceeded',
      'a recovery that was given up after the budget',
      (twin) => withFacts(twin, { rto: null, unsettledMs: 95_000 }),
    ],
    [
      'outage-exceeded',
      'an API server that came back late',
      (twin) => withFacts(twin, { outages: [{ service: 'api', startMs: 1_200, endMs: 14_600 }] }),
    ],
    [
      'rpo-exceeded',
      'a backup from yesterday',
      (twin) => withFacts(twin, { rpo: { ms: 86_400_000, revisions: 40, objects: 12 } }),
    ],
    [
      'rpo-exceeded',
      'many writes since the backup',
      (twin) => withFacts(twin, { rpo: { ms: 4_000, revisions: 4_000, objects: 12 } }),
    ],
  ]),
];
