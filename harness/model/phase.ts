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
export type Phase = (typeof PHASES)[number];
