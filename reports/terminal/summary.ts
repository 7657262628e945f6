import type { DrillRecord, RunRecord } from '../../harness/model/record.ts';
import { MARK_OF_DRILL } from '../mark.ts';
import { duration, padEnd, plain, truncate } from '../text.ts';
import { checksSection } from './checks-section.ts';
import { findingsSection } from './findings-section.ts';
import { measuredSection } from './measured-section.ts';
import { oneLine, type Page, wrapped } from './page.ts';
import { recoverySection } from './recovery-section.ts';

const FOOTER_WIDTH = 12;

export function summaryText(run: RunRecord, page: Page): string {
  return `${summaryOfRun(run, page).join('\n')}\n`;
}

/**
 * The result of a run for a person in a hurry: first what came out and why, then what went wrong,
 * then what was proven and measured, last where to look and how to do it again.
 */
export function summaryOfRun(run: RunRecord, page: Page): string[] {
  const several = run.drills.length > 1;
  const blocks = [
    ...run.drills
      .filter((drill) => !several || MARK_OF_DRILL[drill.verdict].tone !== 'good')
      .map((drill) => summaryOfDrill(drill, page)),
    ...(several ? [overview(run, page)] : []),
    remarks(run, page),
  ];
  return joined(blocks.filter((block) => block.length > 0));
}

function summaryOfDrill(drill: DrillRecord, page: Page): string[] {
  return joined(
    [
      headline(drill, page),
      recoverySection(drill, page),
      findingsSection(drill, page),
      checksSection(drill, page),
      measuredSection(drill, page),
      footer(drill, page),
    ].filter((section) => section.length > 0),
  );
}

function headline(drill: DrillRecord, page: Page): string[] {
  const { symbol, tone } = MARK_OF_DRILL[drill.verdict];
  const name = `${drill.scenario} on ${drill.target}`;
  const explanation = plain(drill.error?.explanation ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.endsWith(plain(drill.reason)));
  return [
    oneLine(
      page,
      0,
      [tone, `${symbol} ${drill.verdict.toUpperCase()}`],
      ['strong', name],
      ['quiet', duration(drill.durationMs)],
    ),
    ...wrapped(page, drill.reason, '  '),
    ...explanation.flatMap((line) => wrapped(page, line, '    ')),
  ];
}

function footer(drill: DrillRecord, page: Page): string[] {
  const versions = Object.entries(drill.versions).map(([tool, version]) => `${tool} ${version}`);
  const rows: [string, string][] = [
    ...drill.notes
      .filter(({ level }) => level === 'warning')
      .map(({ message }): [string, string] => ['Warning', message]),
    ...drill.left.map(({ what, why }): [string, string] => ['Left behind', `${what}: ${why}`]),
    ['Versions', versions.join(', ')],
    ['Seed', String(drill.seed)],
    ['Evidence', drill.evidence ?? ''],
    ['Again', drill.reproduce],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .flatMap(([label, text]) => {
      const first = `${page.paint('quiet', padEnd(label, FOOTER_WIDTH))} `;
      // A path or a command is never broken: it is there to be copied.
      const copied = label === 'Again' || label === 'Evidence';
      return copied
        ? [first + plain(text)]
        : wrapped(page, text, first, ' '.repeat(FOOTER_WIDTH + 1));
    });
}

/** One line a drill. */
function overview(run: RunRecord, page: Page): string[] {
  const names = run.drills.map(({ scenario, target }) => `${plain(scenario)} on ${target}`);
  const width = Math.min(Math.max(...names.map((name) => name.length)), 40);
  const lines = run.drills.map((drill, index) => {
    const { symbol, tone } = MARK_OF_DRILL[drill.verdict];
    const name = padEnd(truncate(names[index] ?? '', width), width);
    const verdict = `${padEnd(drill.verdict, 12)} ${duration(drill.durationMs).padStart(11)}`;
    return oneLine(page, 0, [tone, `${symbol} ${name}`], verdict, ['quiet', drill.reason]);
  });
  return [page.paint('strong', `${run.drills.length} drills`), ...lines];
}

function remarks(run: RunRecord, page: Page): string[] {
  const lines = [
    ...(run.drills.length === 0 ? ['No drill was run.'] : []),
    ...(run.interruptedBy === null ? [] : [`The run was stopped by ${run.interruptedBy}.`]),
    ...run.reporterProblems.map(
      ({ reporter, message }) => `The report "${reporter}" was not written: ${message}`,
    ),
  ];
  return lines.flatMap((line) => wrapped(page, line, '')).map((line) => page.paint('unsure', line));
}

function joined(blocks: readonly string[][]): string[] {
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}
