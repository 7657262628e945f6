import type { CheckRun, DrillRecord } from '../harness/model/record.ts';
import type { CheckVerdict } from '../harness/model/verdict.ts';

/** The worst first. */
const ORDER: readonly CheckVerdict[] = ['fail', 'unknown', 'pass', 'skipped'];

const WORDS: Record<CheckVerdict, string> = {
  fail: 'failed',
  unknown: 'unknown',
  pass: 'passed',
  skipped: 'skipped',
};

/** All checks that examined one look at the cluster. */
export interface CheckGroup {
  /** `Checks before the fault` */
  title: string;
  /** `1 failed, 17 passed` */
  tally: string;
  /** Whether this is the look that decided the drill. */
  decisive: boolean;
  /** The worst first. */
  checks: CheckRun[];
}

export function checkGroups(drill: DrillRecord): CheckGroup[] {
  const looks = [...Map.groupBy(drill.checks, ({ phase, round }) => `${phase} ${round}`).values()];
  return looks.flatMap((checks) => {
    const [first] = checks;
    if (first === undefined) return [];
    return {
      title: titleOf(first, drill),
      tally: tallyOf(checks),
      decisive: checks === looks.at(-1) && first.phase === 'verify',
      checks: checks.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict)),
    };
  });
}

function titleOf({ phase, round }: CheckRun, drill: DrillRecord): string {
  if (phase === 'baseline') return 'Checks before the fault';
  if (phase === 'impact') return 'Checks while the fault lasted';
  const rounds = Math.max(...drill.checks.map((check) => check.round));
  return rounds > 1 ? `Checks after recovery ${round} of ${rounds}` : 'Checks after the recovery';
}

function tallyOf(checks: readonly CheckRun[]): string {
  return ORDER.flatMap((verdict) => {
    const many = checks.filter((check) => check.verdict === verdict).length;
    return many === 0 ? [] : [`${many} ${WORDS[verdict]}`];
  }).join(', ');
}

/** Why a check says what it says: what it proves, or why it does not. */
export function wordsOfCheck({ verdict, title, reason, findingCodes }: CheckRun): string {
  if (verdict === 'pass') return title;
  return reason ?? findingCodes.join(', ');
}

/** Checks that were skipped, by their reason. */
export function skippedByReason(checks: readonly CheckRun[]): [reason: string, names: string][] {
  const skipped = checks.filter(({ verdict }) => verdict === 'skipped');
  return [...Map.groupBy(skipped, ({ reason }) => reason ?? 'without a reason')].map(
    ([reason, group]) => [reason, group.map(({ name }) => name).join(', ')],
  );
}
