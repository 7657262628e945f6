import type { Severity } from '../../harness/model/finding.ts';
import type { DrillRecord, FoundFinding } from '../../harness/model/record.ts';
import {
  type FindingGroup,
  findingGroups,
  objectsByPlace,
  sameObjects,
  sortedFindings,
} from '../finding-groups.ts';
import type { Tone } from '../mark.ts';
import { count } from '../text.ts';
import { oneLine, type Page, wrapped } from './page.ts';

const FINDINGS_MAX = 20;
const TONES: Record<Severity, Tone> = { error: 'bad', warning: 'unsure', info: 'quiet' };

/**
 * What was found, the worst first, with objects and cure; findings that were there before come
 * last.
 */
export function findingsSection(drill: DrillRecord, page: Page): string[] {
  const sorted = sortedFindings(drill);
  if (sorted.length === 0) return [];
  const more = sorted.length - FINDINGS_MAX;
  return [
    page.paint('strong', 'Findings'),
    ...findingGroups(sorted.slice(0, FINDINGS_MAX), drill).flatMap((group) =>
      groupLines(group, page),
    ),
    ...(more > 0
      ? [page.paint('quiet', `  and ${count(more, 'more finding')} in record.json`)]
      : []),
  ];
}

function groupLines({ first, others, places, when, ...advice }: FindingGroup, page: Page) {
  const tone = first.expected ? 'good' : TONES[first.severity];
  const label = first.expected ? 'expected' : first.severity;
  return [
    oneLine(page, 2, [tone, `${label} ${first.code}`], ['quiet', `at ${places}${when}`]),
    ...wrapped(page, first.message, '    '),
    ...objectLines(first, page),
    ...others.flatMap((other) => [
      ...wrapped(page, other.message, '    '),
      ...(sameObjects(other, first) ? [] : objectLines(other, page)),
    ]),
    ...cureLines(advice, page),
  ];
}

function cureLines({ cures, likewise }: Pick<FindingGroup, 'cures' | 'likewise'>, page: Page) {
  return cures.flatMap((cure, index) => [
    ...wrapped(page, cure, '    cure: ', '          '),
    ...(index > 0 || likewise.length === 0
      ? []
      : wrapped(page, `and likewise: ${likewise.join(', ')}`, '          ')),
  ]);
}

function objectLines(finding: FoundFinding, page: Page): string[] {
  const unnamed = finding.objectCount - finding.objects.length;
  return [
    ...objectsByPlace(finding).flatMap(([place, names]) =>
      wrapped(page, `${place}${names.join(', ')}`, '      ', '        '),
    ),
    ...(unnamed > 0 ? [`      and ${unnamed} more`] : []),
  ];
}
