import { z } from 'zod';

/** The phases of a drill in their order; recover, settle and verify repeat for each entry of `recovery`. */
export const PHASES = [
  'preflight',
  'provision',
  'populate',
  'baseline',
  'backup',
  'write-after-backup',
  'inject',
  'impact',
  'recover',
  'settle',
  'verify',
  'evidence',
  'teardown',
] as const;
export const phaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof phaseSchema>;
