import type { CheckRun, DrillRecord } from '../../harness/model/record.ts';
import { checkGroups, skippedByReason, wordsOfCheck } from '../check-groups.ts';
import { markOfCheck } from '../mark.ts';
import { padEnd, plain, wrap } from '../text.ts';
import { oneLine, type Page, wrapped } from './page.ts';

const NAME_WIDTH_MAX = 24;

/**
 * A row a check after the last recovery: what it proves, or why it does not; of earlier ones the
 * exceptions.
 */
export function checksSection(drill: DrillRecord, page: Page): string[] {
  return checkGroups(drill).flatMap(({ title, tally, decisive, checks }) => [
    oneLine(page, 0, ['strong', title], ['quiet', tally]),
    ...rows(checks, decisive, drill, page),
    ...(decisive ? skippedLines(checks, page) : []),
  ]);
}

function rows(
  checks: readonly CheckRun[],
  whole: boolean,
  drill: DrillRecord,
  page: Page,
): string[] {
  const shown = checks.filter(
    ({ verdict }) => verdict === 'fail' || verdict === 'unknown' || (whole && verdict === 'pass'),
  );
  const nameWidth = Math.min(Math.max(...shown.map(({ name }) => name.length), 0), NAME_WIDTH_MAX);
  return shown.flatMap((check) => rowLines(check, nameWidth, drill, page));
}

/** Checks that were skipped for one reason are named together. */
function skippedLines(checks: readonly CheckRun[], page: Page): string[] {
  return skippedByReason(checks).flatMap(([reason, names]) =>
    wrapped(page, `skipped, ${reason}: ${names}`, `  ${page.paint('quiet', '–')} `, '    '),
  );
}

function rowLines(check: CheckRun, nameWidth: number, drill: DrillRecord, page: Page): string[] {
  const { symbol, tone } = markOfCheck(check, drill);
  const indent = nameWidth + 6;
  const text = plain(wordsOfCheck(check));
  const lines = wrap(text, page.width - indent);
  return lines.map((line, index) => {
    const painted = check.verdict === 'pass' ? page.paint('quiet', line) : line;
    return index === 0
      ? `  ${page.paint(tone, symbol)} ${padEnd(plain(check.name), nameWidth)}  ${painted}`
      : `${' '.repeat(indent)}${painted}`;
  });
}
