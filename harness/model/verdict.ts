export const CHECK_VERDICTS = ['pass', 'fail', 'unknown', 'skipped'] as const;
export type CheckVerdict = (typeof CHECK_VERDICTS)[number];

export const DRILL_VERDICTS = [
  'passed',
  'reproduced',
  'failed',
  'invalid',
  'ineffective',
  'inconclusive',
  'skipped',
  'error',
] as const;
export type DrillVerdict = (typeof DRILL_VERDICTS)[number];

export type SnapshotVerdict = 'trusted' | 'suspect' | 'reject';

/** The documented exit codes. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  inconclusive: 4,
  internal: 5,
  interrupted: 130,
  terminated: 143,
} as const;
