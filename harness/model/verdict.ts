import { z } from 'zod';

export const checkVerdictSchema = z.enum(['pass', 'fail', 'unknown', 'skipped']);
export type CheckVerdict = z.infer<typeof checkVerdictSchema>;

export const drillVerdictSchema = z.enum([
  'passed',
  'reproduced',
  'failed',
  'invalid',
  'ineffective',
  'inconclusive',
  'skipped',
  'error',
]);
export type DrillVerdict = z.infer<typeof drillVerdictSchema>;

export const snapshotVerdictSchema = z.enum(['trusted', 'suspect', 'reject']);
export type SnapshotVerdict = z.infer<typeof snapshotVerdictSchema>;

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
