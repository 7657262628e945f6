import type { CheckRun, DrillRecord, PhaseRun } from '../harness/model/record.ts';
import type { CheckVerdict, DrillVerdict } from '../harness/model/verdict.ts';
import { isAsExpected } from './expected.ts';

/** What a piece of text means; the colours follow from it. */
export type Tone = 'good' | 'bad' | 'unsure' | 'quiet' | 'strong';

/** Never colour alone: not everybody sees it, and pages are printed. */
export interface Mark {
  symbol: string;
  tone: Tone;
}

export const MARK_OF_DRILL: Record<DrillVerdict, Mark> = {
  passed: { symbol: '✔', tone: 'good' },
  reproduced: { symbol: '✔', tone: 'good' },
  failed: { symbol: '✖', tone: 'bad' },
  error: { symbol: '✖', tone: 'bad' },
  invalid: { symbol: '?', tone: 'unsure' },
  ineffective: { symbol: '?', tone: 'unsure' },
  inconclusive: { symbol: '?', tone: 'unsure' },
  skipped: { symbol: '–', tone: 'quiet' },
};

const MARK_OF_CHECK: Record<CheckVerdict, Mark> = {
  pass: { symbol: '✔', tone: 'good' },
  fail: { symbol: '✖', tone: 'bad' },
  unknown: { symbol: '?', tone: 'unsure' },
  skipped: { symbol: '–', tone: 'quiet' },
};

export const MARK_OF_PHASE: Record<'ok' | 'failed' | 'skipped', Mark> = {
  ok: { symbol: '✔', tone: 'good' },
  failed: { symbol: '✖', tone: 'bad' },
  skipped: { symbol: '–', tone: 'quiet' },
};

const MARK_OF_UNENDED: Mark = { symbol: '…', tone: 'unsure' };

/** A check that failed in the way the scenario said it would. */
const MARK_AS_EXPECTED: Mark = { symbol: '≈', tone: 'good' };

export function markOfCheck(check: CheckRun, drill: DrillRecord): Mark {
  return isAsExpected(check, drill) ? MARK_AS_EXPECTED : MARK_OF_CHECK[check.verdict];
}

export function markOfPhase({ verdict }: PhaseRun): Mark {
  return verdict === null ? MARK_OF_UNENDED : MARK_OF_PHASE[verdict];
}
