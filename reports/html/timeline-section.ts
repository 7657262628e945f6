import { milestoneName } from '../../harness/model/milestone.ts';
import type { DrillRecord } from '../../harness/model/record.ts';
import { markOfPhase } from '../mark.ts';
import { phaseName, whoWasOut } from '../sentence.ts';
import { count, duration } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { timeline } from './timeline.ts';

/** The drill as a picture, and the same in figures for whoever cannot see it or has to quote it. */
export function timelineSection(drill: DrillRecord): Markup {
  if (drill.phases.length === 0) return NOTHING;
  return html`<section>
<h3>Timeline</h3>
<div class="picture">${timeline(drill)}</div>
<details><summary>The same in figures</summary>
<div class="tables">${phaseTable(drill)}${recoveryTable(drill)}${outageTable(drill)}</div>
</details>
</section>`;
}

function phaseTable(drill: DrillRecord): Markup {
  return html`<table><caption>Phases</caption>
<thead><tr><th>phase</th><th>began</th><th>took</th></tr></thead>
<tbody>${drill.phases.map((phase) => {
    const { symbol, tone } = markOfPhase(phase);
    const took = phase.durationMs === null ? 'not ended' : duration(phase.durationMs);
    const name = phaseName({ phase: phase.name, round: phase.round });
    return html`<tr><td><span class="mark ${tone}">${symbol}</span> ${name}${phase.reason === null ? NOTHING : html` <small>${phase.reason}</small>`}</td><td>${duration(phase.startMs)}</td><td>${took}</td></tr>\n`;
  })}</tbody></table>`;
}

function recoveryTable({ rto }: DrillRecord): Markup {
  if (rto === null) return NOTHING;
  const { totalMs, ...milestones } = rto;
  const reached = Object.entries(milestones)
    .filter((each): each is [string, number] => each[1] !== undefined)
    .toSorted(([, a], [, b]) => a - b);
  return html`<table><caption>Recovery time</caption>
<thead><tr><th>reached</th><th>after the fault</th></tr></thead>
<tbody>${reached.map(
    ([name, afterMs]) =>
      html`<tr><td>${milestoneName(name)}</td><td>${duration(afterMs)}</td></tr>\n`,
  )}<tr><td>total</td><td>${duration(totalMs)}</td></tr></tbody></table>`;
}

/** What the users of each service went without. */
function outageTable({ outages }: DrillRecord): Markup {
  if (outages.length === 0) return NOTHING;
  const budgeted = outages.some(({ budgetMs }) => budgetMs !== undefined);
  return html`<table><caption>Outages</caption>
<thead><tr><th>probe</th><th>out for</th><th>longest</th>${budgeted ? html`<th>budget</th>` : NOTHING}</tr></thead>
<tbody>${[...Map.groupBy(outages, whoWasOut)].map(([subject, windows]) => {
    const lengths = windows.map(({ startMs, endMs }) => endMs - startMs);
    const budgetMs = windows.find((window) => window.budgetMs !== undefined)?.budgetMs;
    const totalMs = lengths.reduce((sum, ms) => sum + ms, 0);
    const end = windows.some(({ lasting }) => lasting) ? ', still out at the end' : '';
    return html`<tr><td>${subject}</td><td>${duration(totalMs)}, ${count(windows.length, 'time')}${end}</td><td>${duration(Math.max(...lengths))}</td>${budgeted ? html`<td>${budgetMs === undefined ? '' : duration(budgetMs)}</td>` : NOTHING}</tr>\n`;
  })}</tbody></table>`;
}
