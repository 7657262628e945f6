import type { DrillRecord, FoundFinding } from '../../harness/model/record.ts';
import {
  type FindingGroup,
  findingGroups,
  objectsByPlace,
  sameObjects,
  sortedFindings,
} from '../finding-groups.ts';
import { html, type Markup, NOTHING, prose } from './markup.ts';

const TONES = { error: 'bad', warning: 'unsure', info: 'quiet' } as const;

/** What was found, the worst first, each with its objects and what cures it. */
export function findingsSection(drill: DrillRecord): Markup {
  const groups = findingGroups(sortedFindings(drill), drill);
  if (groups.length === 0) return NOTHING;
  return html`<section>
<h3>What was found, and what cures it</h3>
${groups.map(card)}</section>`;
}

function card({ first, others, places, when, cures, likewise }: FindingGroup): Markup {
  const tone = first.expected ? 'good' : TONES[first.severity];
  const label = first.expected ? '≈ expected' : first.severity;
  return html`<article class="finding ${tone}">
<h4><span class="label">${label}</span> <code>${first.code}</code> <small>at ${places}${when}</small></h4>
<p>${prose(first.message)}</p>
${objects(first)}${others.map(
  (other) =>
    html`<p>${prose(other.message)}</p>\n${sameObjects(other, first) ? NOTHING : objects(other)}`,
)}${cures.map(
  (cure, index) =>
    html`<p class="cure"><b>→</b> ${prose(cure)}${index === 0 && likewise.length > 0 ? html` <small>(likewise: ${likewise.join(', ')})</small>` : NOTHING}</p>\n`,
)}</article>
`;
}

function objects(finding: FoundFinding): Markup {
  const unnamed = finding.objectCount - finding.objects.length;
  if (finding.objectCount === 0) return NOTHING;
  return html`<ul class="objects">${objectsByPlace(finding).map(
    ([place, names]) => html`<li><span>${place}</span>${names.join(', ')}</li>`,
  )}${unnamed > 0 ? html`<li>and ${unnamed} more</li>` : NOTHING}</ul>
`;
}
