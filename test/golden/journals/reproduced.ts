import type { EventBody } from '../../../harness/model/event.ts';
import type { Finding } from '../../../harness/model/finding.ts';
import { endOfPhase, opening, passedChecks, quietPhase, startOfRunbook } from './parts.ts';
import { stamped } from './stamped.ts';

const ghost: Finding = {
  code: 'ghost-object',
  severity: 'error',
  message: 'kube-apiserver lists 1 object that etcd no longer has.',
  where: 'etcd-1',
  objectCount: 1,
  objects: [{ group: '', resource: 'namespaces', namespace: null, name: 'after-backup' }],
  cure: 'systemctl restart kube-apiserver',
};
const stale: Finding = {
  ...ghost,
  code: 'stale-watch',
  severity: 'warning',
  message: 'A watch has been silent since the restore.',
};

function check(name: string, title: string, findings: Finding[]): EventBody {
  return {
    type: 'check',
    drill: 0,
    phase: 'verify',
    round: 1,
    check: name,
    title,
    durationMs: 3,
    verdict: 'fail',
    reason: null,
    findings,
  };
}

const expectation = (round: number, findings: string[], mayAlso: string[]): EventBody => ({
  type: 'expectation',
  drill: 0,
  round,
  findings,
  mayAlso,
  stops: false,
  missing: [],
  unexpected: [],
});

function endOfRunbook(name: string, round: number, durationMs: number): EventBody {
  return { type: 'runbook-ended', drill: 0, round, name, verdict: 'ok', reason: null, durationMs };
}

/**
 * A restore without bump makes a ghost, as the scenario says; a restart of kube-apiserver cures it.
 */
export const reproduced = stamped([
  ...opening(['run', 'ghost-objects']),
  [6000, { type: 'phase-started', drill: 0, phase: 'recover', round: 1 }],
  [6010, startOfRunbook('restore-without-bump', 1)],
  [8000, endOfRunbook('restore-without-bump', 1, 1990)],
  [8000, endOfPhase('recover', 2000, 1)],
  ...quietPhase('settle', 8000, 9000, 1),
  [9000, { type: 'phase-started', drill: 0, phase: 'verify', round: 1 }],
  ...passedChecks('verify', 1, 9100),
  [9200, check('ghost-objects', 'Each API server lists only what etcd holds.', [ghost])],
  [9210, check('watch-clients', 'Watches that were open go on or end with 410.', [stale])],
  [9220, expectation(1, ['ghost-object'], ['stale-watch'])],
  [9230, endOfPhase('verify', 230, 1)],
  [9230, { type: 'phase-started', drill: 0, phase: 'recover', round: 2 }],
  [9240, startOfRunbook('restart-kube-apiserver', 2)],
  [12_000, endOfRunbook('restart-kube-apiserver', 2, 2760)],
  [12_000, endOfPhase('recover', 2770, 2)],
  ...quietPhase('settle', 12_000, 13_000, 2),
  [13_000, { type: 'phase-started', drill: 0, phase: 'verify', round: 2 }],
  ...passedChecks('verify', 2, 13_100),
  [13_110, expectation(2, [], [])],
  [13_120, endOfPhase('verify', 120, 2)],
  ...quietPhase('evidence', 13_120, 13_200, 2),
  ...quietPhase('teardown', 13_200, 13_500, 2),
  [
    13_500,
    {
      type: 'drill-ended',
      drill: 0,
      verdict: 'reproduced',
      reason: 'each recovery led to what the scenario says',
      durationMs: 13_490,
      rto: null,
      rpo: null,
      evidence: null,
      reproduce: 'kubedrill run ghost-objects --seed 4711',
    },
  ],
  [13_510, { type: 'run-ended', verdict: 'reproduced', exitCode: 0, durationMs: 13_510 }],
]);
