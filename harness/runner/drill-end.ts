import type { DrillVerdict } from '../model/verdict.ts';

/** Ends a drill early with a verdict that is no error: invalid, ineffective, skipped, failed. */
export class DrillEnd extends Error {
  readonly verdict: Exclude<DrillVerdict, 'error'>;

  constructor(verdict: Exclude<DrillVerdict, 'error'>, reason: string) {
    super(reason);
    this.name = 'DrillEnd';
    this.verdict = verdict;
  }
}
