import type { DrillRecord, RunbookRun, StepRun } from '../../harness/model/record.ts';
import { describeExpectation, describeFault, describeSnapshot, titleOf } from '../sentence.ts';
import { count, duration } from '../text.ts';
import { html, type Markup, NOTHING, prose } from './markup.ts';

/** What was broken, and every command of every runbook that was followed. */
export function recoverySection(drill: DrillRecord): Markup {
  const facts = [
    ...drill.snapshots.map((snapshot) => html`<li>snapshot ${describeSnapshot(snapshot)}</li>\n`),
    ...drill.faults.map(
      (fault) => html`<li><b>${describeFault(fault)}</b>: ${prose(fault.evidence)}</li>\n`,
    ),
  ];
  if (facts.length + drill.runbooks.length === 0) return NOTHING;
  return html`<section>
<h3>Fault and recovery</h3>
<ul>${facts}</ul>
${expectations(drill, 0)}${drill.runbooks.map((runbook) => runbookArticle(runbook, drill))}</section>`;
}

/** @param forRound 0: of what was to be seen while the fault lasted. */
function expectations(drill: DrillRecord, forRound: number): Markup[] {
  return drill.expectations
    .filter(({ round }) => round === forRound)
    .map((expectation) => {
      const held = expectation.missing.length + expectation.unexpected.length === 0;
      const [tone, symbol] = held ? ['good', '≈'] : ['bad', '✖'];
      return html`<p><span class="mark ${tone}">${symbol}</span> ${describeExpectation(expectation)}</p>\n`;
    });
}

function runbookArticle(runbook: RunbookRun, drill: DrillRecord): Markup {
  const [tone, symbol] = runbook.verdict === 'ok' ? ['good', '✔'] : ['bad', '✖'];
  const took = runbook.durationMs === null ? 'not ended' : duration(runbook.durationMs);
  const blocks = count(runbook.steps.length, 'block');
  return html`<article class="runbook">
<h4><span class="mark ${tone}">${symbol}</span> runbook ${runbook.name} <small>${took}, ${blocks}, sha256 <code>${runbook.sha256.slice(0, 12)}</code></small></h4>
${runbook.reason === null ? NOTHING : html`<p class="bad">${prose(runbook.reason)}</p>\n`}${runbook.substitutions.map(
  ({ from, to, why }) =>
    html`<p><code>${from}</code> was replaced by <code>${to}</code>: ${why}</p>\n`,
)}${blocksOf(runbook).map(blockDetails)}${runbook.round > 0 ? expectations(drill, runbook.round) : NOTHING}</article>
`;
}

/** One block of a runbook, wherever it ran. */
function blocksOf({ steps }: RunbookRun): StepRun[][] {
  const blocks: StepRun[][] = [];
  for (const step of steps) {
    const last = blocks.at(-1);
    const [first] = last ?? [];
    if (last && first?.number === step.number && first.command === step.command) last.push(step);
    else blocks.push([step]);
  }
  return blocks;
}

/** Open where something went wrong; the rest is one line until somebody asks. */
function blockDetails(runs: StepRun[]): Markup {
  const [first] = runs;
  if (first === undefined) return NOTHING;
  const isBad = runs.some(({ problem }) => problem !== null);
  const longestMs = Math.max(...runs.map(({ durationMs }) => durationMs ?? 0));
  const hosts = [...new Set(runs.map(({ host }) => host))].join(', ');
  return html`<details class="block ${isBad ? 'bad' : 'ok'}"${isBad ? html` open` : NOTHING}><summary><span class="number">${first.number}</span> ${titleOf(first.number, first.title)} <small>on ${hosts}, ${duration(longestMs)}${first.added ? ', not in the published guide' : ''}</small></summary>
<pre class="command">${first.command.trimEnd()}</pre>
${runs.map(outputOf)}</details>
`;
}

function outputOf({ host, problem, output }: StepRun): Markup {
  const said = output.trimEnd();
  if (problem === null && said === '') return NOTHING;
  return html`${
    problem === null
      ? html`<p class="host">${host}</p>`
      : html`<p class="bad">✖ on ${host}: ${problem}</p>`
  }
${said === '' ? NOTHING : html`<pre class="output" aria-label="output on ${host}">${said}</pre>\n`}`;
}
