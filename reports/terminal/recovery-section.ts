import type { DrillRecord, RunbookRun, StepRun } from '../../harness/model/record.ts';
import { describeExpectation, describeFault, describeSnapshot, stepName } from '../sentence.ts';
import { count, duration, plain } from '../text.ts';
import { oneLine, type Page, wrapped } from './page.ts';

const OUTPUT_LINES_MAX = 20;

/**
 * What was broken, and the runbooks that were followed; of those that stopped, the failed steps
 * with their output.
 */
export function recoverySection(drill: DrillRecord, page: Page): string[] {
  const runbooks = drill.runbooks.filter(
    ({ phase, verdict }) => phase === 'recover' || phase === null || verdict === 'failed',
  );
  const lines = [
    ...drill.snapshots.flatMap((snapshot) =>
      wrapped(page, `snapshot ${describeSnapshot(snapshot)}`, '  · ', '    '),
    ),
    ...drill.faults.flatMap((fault) =>
      wrapped(page, `${describeFault(fault)}: ${fault.evidence}`, '  · ', '    '),
    ),
    ...expectationLines(drill, 0, page),
    ...runbooks.flatMap((runbook) => [
      ...runbookLines(runbook, page),
      ...(runbook.round > 0 ? expectationLines(drill, runbook.round, page) : []),
    ]),
  ];
  return lines.length === 0 ? [] : [page.paint('strong', 'Fault and recovery'), ...lines];
}

function runbookLines(runbook: RunbookRun, page: Page): string[] {
  const failed = runbook.steps.filter(({ problem }) => problem !== null);
  const [tone, symbol] =
    runbook.verdict === 'ok' ? (['good', '✔'] as const) : (['bad', '✖'] as const);
  const blocks = count(runbook.steps.length, 'block');
  const took = runbook.durationMs === null ? 'not ended' : duration(runbook.durationMs);
  const facts = [took, blocks, `sha256 ${runbook.sha256.slice(0, 12)}`].join(', ');
  return [
    oneLine(page, 2, [tone, `${symbol} runbook ${runbook.name}`], ['quiet', facts]),
    ...changeLines(runbook, page),
    ...failed.flatMap((step) => failedStepLines(step, page)),
  ];
}

/** What differs from the published guide. */
function changeLines({ substitutions, steps }: RunbookRun, page: Page): string[] {
  const added = new Set(steps.filter((step) => step.added).map(({ number }) => number)).size;
  return [
    ...substitutions.map(({ from, to, why }) => `"${from}" was replaced by "${to}": ${why}`),
    ...(added === 0 ? [] : [`${count(added, 'step')} not in the published guide`]),
  ].flatMap((text) => wrapped(page, text, '      ').map((line) => page.paint('quiet', line)));
}

function failedStepLines(step: StepRun, page: Page): string[] {
  const name = stepName({ step: step.number, title: step.title, host: step.host });
  const after = step.durationMs === null ? '' : ` after ${duration(step.durationMs)}`;
  const commands = plain(step.command).trimEnd().split('\n');
  const output = plain(step.output).trimEnd().split('\n');
  const shown = output.slice(-OUTPUT_LINES_MAX);
  const cut =
    output.length > shown.length
      ? [`    | … ${count(output.length - shown.length, 'line')} before, in the evidence`]
      : [];
  return [
    ...wrapped(page, `${name}: ${step.problem ?? ''}${after}`, '    ').map((line) =>
      page.paint('bad', line),
    ),
    ...commands.map((line, index) => `    ${index === 0 ? '$' : ' '} ${line}`),
    ...(shown.join('') === '' ? [] : [...cut, ...shown.map((line) => `    | ${line}`)]),
  ];
}

/** @param forRound 0: of what was to be seen while the fault lasted. */
function expectationLines(drill: DrillRecord, forRound: number, page: Page): string[] {
  return drill.expectations
    .filter(({ round }) => round === forRound)
    .flatMap((expectation) => {
      const held = expectation.missing.length + expectation.unexpected.length === 0;
      const mark = held ? page.paint('good', '≈') : page.paint('bad', '✖');
      return wrapped(page, describeExpectation(expectation), `    ${mark} `, '      ');
    });
}
