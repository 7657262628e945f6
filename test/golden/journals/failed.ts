import type { ObjectRef } from '../../../harness/model/finding.ts';
import {
  endOfPhase,
  endOfStep,
  opening,
  passedChecks,
  quietPhase,
  startOfRunbook,
  startOfStep,
} from './parts.ts';
import { stamped } from './stamped.ts';

const RUNBOOK = 'as-written/etcd-members';
const GHOSTS: ObjectRef[] = Array.from({ length: 20 }, (_, index) => ({
  group: index < 2 ? '' : 'apps',
  resource: index < 2 ? 'namespaces' : 'deployments',
  namespace: index < 2 ? null : 'shop',
  name: `after-backup-${index + 1}`,
}));

/** A published guide restores without a revision bump and trips over its last step; ghosts stay. */
export const failed = stamped([
  ...opening(['run', 'quorum-loss', '--runbook', RUNBOOK]),
  [6000, { type: 'phase-started', drill: 0, phase: 'recover', round: 1 }],
  [
    6010,
    startOfRunbook(RUNBOOK, 1, [
      {
        from: 'etcdctl snapshot restore',
        to: 'etcdutl snapshot restore',
        why: 'etcd 3.6 moved it',
      },
    ]),
  ],
  [6020, startOfStep(RUNBOOK, 1, 'Restore', 'etcd-1', 'etcdutl snapshot restore backup.db')],
  [6300, endOfStep(RUNBOOK, 1, 'Restore', 'etcd-1', 280)],
  [
    6310,
    startOfStep(
      RUNBOOK,
      2,
      'Start etcd',
      'etcd-2',
      'systemctl start etcd\nsystemctl is-active etcd',
      1,
      true,
    ),
  ],
  [
    6900,
    {
      type: 'step-ended',
      drill: 0,
      round: 1,
      runbook: RUNBOOK,
      step: 2,
      title: 'Start etcd',
      host: 'etcd-2',
      exitCode: 3,
      problem: 'exit code 3',
      durationMs: 590,
      output: '\u001b[31mfailed\u001b[0m\n"error":"member count is unequal"\n',
    },
  ],
  [
    6910,
    {
      type: 'runbook-ended',
      drill: 0,
      round: 1,
      name: RUNBOOK,
      verdict: 'failed',
      reason: 'step 2, "Start etcd", on etcd-2: exit code 3',
      durationMs: 900,
    },
  ],
  [
    6920,
    {
      type: 'phase-ended',
      drill: 0,
      phase: 'recover',
      round: 1,
      durationMs: 920,
      verdict: 'failed',
      reason: 'step 2, "Start etcd", on etcd-2: exit code 3',
    },
  ],
  ...quietPhase('settle', 6920, 66_920, 1),
  [66_920, { type: 'phase-started', drill: 0, phase: 'verify', round: 1 }],
  ...passedChecks('verify', 1, 67_000),
  [
    67_100,
    {
      type: 'check',
      drill: 0,
      phase: 'verify',
      round: 1,
      check: 'ghost-objects',
      title: 'Each API server lists only what etcd holds.',
      durationMs: 12,
      verdict: 'fail',
      reason: null,
      findings: [
        {
          code: 'ghost-object',
          severity: 'error',
          message:
            'kube-apiserver lists 23 objects that etcd no longer has: its watch cache survived the restore, whose revisions are lower than those it had seen.',
          where: 'etcd-1',
          objectCount: 23,
          objects: GHOSTS,
          cure: 'systemctl restart kube-apiserver on etcd-1; restore with --bump-revision the next time',
        },
      ],
    },
  ],
  [
    67_110,
    {
      type: 'check',
      drill: 0,
      phase: 'verify',
      round: 1,
      check: 'watch-clients',
      title: 'Watches that were open go on or end with 410.',
      durationMs: 1,
      verdict: 'unknown',
      reason: 'no client could connect to etcd-2',
      findings: [],
    },
  ],
  [67_200, endOfPhase('verify', 280, 1, 'ghost-object')],
  ...quietPhase('evidence', 67_200, 67_900),
  ...quietPhase('teardown', 67_900, 68_300),
  [68_300, { type: 'left', drill: 0, what: 'process etcd on etcd-3', why: 'not done after 15 s' }],
  [
    68_310,
    {
      type: 'drill-ended',
      drill: 0,
      verdict: 'failed',
      reason: 'step 2, "Start etcd", on etcd-2: exit code 3; 23 objects are ghosts',
      durationMs: 68_300,
      rto: null,
      rpo: null,
      evidence: 'kubedrill-runs/20261120-173106-a1b2/quorum-loss',
      reproduce: `kubedrill run quorum-loss --runbook ${RUNBOOK} --seed 4711`,
    },
  ],
  [68_320, { type: 'run-ended', verdict: 'failed', exitCode: 1, durationMs: 68_320 }],
]);
