import type { CheckRun, DrillRecord } from '../../harness/model/record.ts';
import type { CheckVerdict } from '../../harness/model/verdict.ts';
import { isAsExpected } from '../expected.ts';
import { padEnd, plain, wrap } from '../text.ts';
import { MARK_AS_EXPECTED, MARK_OF_CHECK, type Mark, oneLine, type Page, wrapped } from './page.ts';

const NAME_WIDTH_MAX = 24;
const ORDER: readonly CheckVerdict[] = ['fail', 'unknown', 'pass', 'skipped'];

/**
 * A row a check after the last recovery: what it proves, or why it does not; of earlier ones the
 * exceptions.
 */
export function checksSection(drill: DrillRecord, page: Page): string[] {
  const groups = [...Map.groupBy(drill.checks, ({ phase, round }) => `${phase} ${round}`).values()];
  const last = groups.at(-1);
  return groups.flatMap((checks) => {
    const first = checks[0];
    if (first === undefined) return [];
    const whole = checks === last && first.phase === 'verify';
    return [
      oneLine(page, 0, ['strong', groupTitle(first, drill)], ['quiet', tally(checks)]),
      ...rows(checks, whole, drill, page),
      ...(whole ? skippedLines(checks, page) : []),
    ];
  });
}

function rows(
  checks: readonly CheckRun[],
  whole: boolean,
  drill: DrillRecord,
  page: Page,
): string[] {
  const shown = checks
    .filter(
      ({ verdict }) => verdict === 'fail' || verdict === 'unknown' || (whole && verdict === 'pass'),
    )
    .toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const nameWidth = Math.min(Math.max(...shown.map(({ name }) => name.length), 0), NAME_WIDTH_MAX);
  return shown.flatMap((check) => rowLines(check, nameWidth, drill, page));
}

/** Checks that were skipped for one reason are named together. */
function skippedLines(checks: readonly CheckRun[], page: Page): string[] {
  const skipped = checks.filter(({ verdict }) => verdict === 'skipped');
  return [...Map.groupBy(skipped, ({ reason }) => reason ?? 'without a reason')].flatMap(
    ([reason, group]) => {
      const names = group.map(({ name }) => name).join(', ');
      return wrapped(
        page,
        `skipped, ${reason}: ${names}`,
        `  ${page.paint('quiet', '–')} `,
        '    ',
      );
    },
  );
}

function groupTitle({ phase, round }: CheckRun, drill: DrillRecord): string {
  if (phase === 'baseline') return 'Checks before the fault';
  if (phase === 'impact') return 'Checks while the fault lasted';
  const rounds = Math.max(...drill.checks.map((check) => check.round));
  return rounds > 1 ? `Checks after recovery ${round} of ${rounds}` : 'Checks after the recovery';
}

function tally(checks: readonly CheckRun[]): string {
  const words: Record<CheckVerdict, string> = {
    fail: 'failed',
    unknown: 'unknown',
    pass: 'passed',
    skipped: 'skipped',
  };
  return ORDER.flatMap((verdict) => {
    const many = checks.filter((check) => check.verdict === verdict).length;
    return many === 0 ? [] : [`${many} ${words[verdict]}`];
  }).join(', ');
}

function rowLines(check: CheckRun, nameWidth: number, drill: DrillRecord, page: Page): string[] {
  const { symbol, tone } = markOf(check, drill);
  const indent = nameWidth + 6;
  const text = plain(textOf(check));
  const lines = wrap(text, page.width - indent);
  return lines.map((line, index) => {
    const painted = check.verdict === 'pass' ? page.paint('quiet', line) : line;
    return index === 0
      ? `  ${page.paint(tone, symbol)} ${padEnd(plain(check.name), nameWidth)}  ${painted}`
      : `${' '.repeat(indent)}${painted}`;
  });
}

function textOf({ verdict, title, reason, findingCodes }: CheckRun): string {
  if (verdict === 'pass') return title;
  return reason ?? findingCodes.join(', ');
}

function markOf(check: CheckRun, drill: DrillRecord): Mark {
  return isAsExpected(check, drill) ? MARK_AS_EXPECTED : MARK_OF_CHECK[check.verdict];
}
