import type { DrillRecord } from '../../harness/model/record.ts';
import { wordsOfCheck } from '../check-groups.ts';
import { findingGroups, objectsByPlace, sameObjects } from '../finding-groups.ts';
import { markOfCheck } from '../mark.ts';
import { count } from '../text.ts';
import { html, type Markup, NOTHING, prose } from './markup.ts';

/** Checks that hold what came back against what was backed up, object by object. */
const COMPARING = /^(object-|sentinels$|custom-resources$)/;

/** What came back beside what was backed up: by which comparisons, and where they differ. */
export function objectsSection(drill: DrillRecord): Markup {
  const comparisons = drill.checks.filter(
    ({ name, phase, verdict }) =>
      phase === 'verify' && verdict !== 'skipped' && COMPARING.test(name),
  );
  if (comparisons.length === 0) return NOTHING;
  const lastRound = Math.max(...comparisons.map(({ round }) => round));
  const last = comparisons.filter(({ round }) => round === lastRound);
  return html`<section>
<h3>Object by object</h3>
<ul class="plain">${last.map((check) => {
    const { symbol, tone } = markOfCheck(check, drill);
    const why = check.verdict === 'pass' ? NOTHING : html`: ${prose(wordsOfCheck(check))}`;
    return html`<li><span class="mark ${tone}">${symbol}</span> ${check.title}${why}</li>\n`;
  })}</ul>
${differences(drill)}${lostWithTheBackup(drill)}</section>`;
}

function differences(drill: DrillRecord): Markup {
  const found = drill.findings.filter(
    ({ phase, objectCount }) => phase === 'verify' && objectCount > 0,
  );
  if (found.length === 0) return html`<p>No object differs.</p>\n`;
  const rows = findingGroups(found, drill).flatMap(({ first, others, when }) =>
    [first, ...others.filter((other) => !sameObjects(other, first))].flatMap((one) =>
      objectsByPlace(one).map(
        ([place, names], index) =>
          html`<tr><td>${index === 0 ? html`<code>${one.code}</code> ${one.objectCount}${when}` : NOTHING}</td><td>${place}</td><td>${names.join(', ')}</td></tr>\n`,
      ),
    ),
  );
  return html`<table><thead><tr><th>what</th><th>where</th><th>objects</th></tr></thead><tbody>
${rows}</tbody></table>
`;
}

/** No fault of the procedure: nothing can come back that was not in the backup. */
function lostWithTheBackup({ rpo }: DrillRecord): Markup {
  if (rpo === null || rpo.objects === 0) return NOTHING;
  return html`<p>${count(rpo.objects, 'object')} written after the backup ${rpo.objects === 1 ? 'was' : 'were'} lost with the fault.</p>\n`;
}
