import type { CheckRun, DrillRecord } from '../../harness/model/record.ts';
import { type CheckGroup, checkGroups, skippedByReason, wordsOfCheck } from '../check-groups.ts';
import { markOfCheck } from '../mark.ts';
import { html, type Markup, NOTHING, prose } from './markup.ts';

/** Every check of every look; the look that decided lies open. */
export function checksSection(drill: DrillRecord): Markup {
  const groups = checkGroups(drill);
  if (groups.length === 0) return NOTHING;
  return html`<section>
<h3>Checks</h3>
${groups.toReversed().map((group) => groupDetails(group, drill))}</section>`;
}

function groupDetails({ title, tally, decisive, checks }: CheckGroup, drill: DrillRecord): Markup {
  const open =
    decisive || checks.some(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
  return html`<details${open ? html` open` : NOTHING}><summary><b>${title}</b> <small>${tally}</small></summary>
<table class="checks"><tbody>
${checks.filter(({ verdict }) => verdict !== 'skipped').map((check) => row(check, drill))}${skippedByReason(
  checks,
).map(
  ([reason, names]) =>
    html`<tr><td class="mark quiet">–</td><th scope="row">${names}</th><td>skipped, ${reason}</td></tr>\n`,
)}</tbody></table>
</details>
`;
}

function row(check: CheckRun, drill: DrillRecord): Markup {
  const { symbol, tone } = markOfCheck(check, drill);
  const findings = check.findingCodes.map((code) => html` <code>${code}</code>`);
  const words =
    check.verdict === 'fail' && check.reason === null ? check.title : wordsOfCheck(check);
  return html`<tr><td class="mark ${tone}">${symbol}</td><th scope="row">${check.name}</th><td>${prose(words)}${findings}</td></tr>\n`;
}
