import {
  endOfPhase,
  endOfStep,
  opening,
  passedCheck,
  passedChecks,
  quietPhase,
  startOfRunbook,
  startOfStep,
} from './parts.ts';
import { stamped } from './stamped.ts';

const RUNBOOK = 'restore-all-members';
const RESTORE = 'Restore the same snapshot on each member';
const RTO = {
  totalMs: 6800,
  detectedMs: 1000,
  stoppedMs: 1300,
  restoredMs: 1900,
  etcdServingMs: 3100,
  apiServingMs: 6100,
  settledMs: 6800,
};

/** A quorum is lost and restored by the shipped runbook; everything is back. */
export const passed = stamped([
  ...opening(['run', 'quorum-loss']),
  [6000, { type: 'phase-started', drill: 0, phase: 'recover', round: 1 }],
  [6010, startOfRunbook(RUNBOOK, 1)],
  [6020, startOfStep(RUNBOOK, 1, 'Stop what is left', 'etcd-1', 'systemctl stop etcd')],
  [6300, endOfStep(RUNBOOK, 1, 'Stop what is left', 'etcd-1', 280)],
  ...['etcd-1', 'etcd-2', 'etcd-3'].flatMap((host, index) => [
    [
      6310 + index,
      startOfStep(RUNBOOK, 2, RESTORE, host, 'etcdutl snapshot restore "$SNAPSHOT"'),
    ] as const,
    [6500 + index, endOfStep(RUNBOOK, 2, RESTORE, host, 190, 'restored snapshot')] as const,
  ]),
  [8100, { type: 'milestone', drill: 0, name: 'etcdServingMs', afterMs: 3100 }],
  [
    8200,
    {
      type: 'runbook-ended',
      drill: 0,
      round: 1,
      name: RUNBOOK,
      verdict: 'ok',
      reason: null,
      durationMs: 2190,
    },
  ],
  [8200, endOfPhase('recover', 2200, 1)],
  ...quietPhase('settle', 8200, 11_800, 1),
  [11_800, { type: 'phase-started', drill: 0, phase: 'verify', round: 1 }],
  ...passedChecks('verify', 1, 12_100),
  [
    12_120,
    passedCheck(
      'sentinels',
      'What was made before the backup is back, what came after is gone.',
      'verify',
      1,
    ),
  ],
  [
    12_130,
    {
      type: 'check',
      drill: 0,
      phase: 'verify',
      round: 1,
      check: 'leader-leases',
      title: 'Leader leases are held by living processes.',
      durationMs: 0,
      verdict: 'skipped',
      reason: 'this drill runs no controllers',
      findings: [],
    },
  ],
  [12_200, endOfPhase('verify', 400, 1)],
  ...quietPhase('evidence', 12_200, 12_300),
  [
    12_300,
    { type: 'outage', drill: 0, outage: { probe: 'API writes', startMs: 100, endMs: 6200 } },
  ],
  ...quietPhase('teardown', 12_300, 12_600),
  [
    12_600,
    {
      type: 'drill-ended',
      drill: 0,
      verdict: 'passed',
      reason: 'all 361 objects of the backup are back, and nothing else',
      durationMs: 12_590,
      rto: RTO,
      rpo: { ms: 1900, revisions: 41, objects: 40 },
      evidence: 'kubedrill-runs/20261120-173106-a1b2/quorum-loss',
      reproduce: 'kubedrill run quorum-loss --seed 4711',
    },
  ],
  [12_610, { type: 'run-ended', verdict: 'passed', exitCode: 0, durationMs: 12_610 }],
]);
