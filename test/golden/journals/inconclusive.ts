import { endOfPhase, opening, passedChecks, quietPhase, startOfRunbook } from './parts.ts';
import { stamped } from './stamped.ts';

/** The recovery went well as far as one could look, but one check could not. */
export const inconclusive = stamped([
  ...opening(['run', 'quorum-loss', '--json']),
  [6000, { type: 'phase-started', drill: 0, phase: 'recover', round: 1 }],
  [6010, startOfRunbook('restore-all-members', 1)],
  [
    8200,
    {
      type: 'runbook-ended',
      drill: 0,
      round: 1,
      name: 'restore-all-members',
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
    12_130,
    {
      type: 'check',
      drill: 0,
      phase: 'verify',
      round: 1,
      check: 'watch-clients',
      title: 'Watches that were open go on or end with 410.',
      durationMs: 1,
      verdict: 'unknown',
      reason: 'the watch client had ended before the fault',
      findings: [],
    },
  ],
  [12_200, endOfPhase('verify', 400, 1)],
  [12_210, { type: 'note', drill: 0, level: 'warning', message: 'the disk is 96 % full' }],
  ...quietPhase('evidence', 12_210, 12_300),
  ...quietPhase('teardown', 12_300, 12_600),
  [
    12_600,
    {
      type: 'drill-ended',
      drill: 0,
      verdict: 'inconclusive',
      reason: 'check watch-clients could not look: the watch client had ended before the fault',
      durationMs: 12_590,
      rto: null,
      rpo: { ms: 1900, revisions: 41, objects: 40 },
      evidence: 'kubedrill-runs/20261120-173106-a1b2/quorum-loss',
      reproduce: 'kubedrill run quorum-loss --seed 4711',
    },
  ],
  [12_610, { type: 'run-ended', verdict: 'inconclusive', exitCode: 4, durationMs: 12_610 }],
]);
