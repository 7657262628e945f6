import { describeObject, type Severity } from '../../harness/model/finding.ts';
import type { DrillRecord, FoundFinding } from '../../harness/model/record.ts';
import { count } from '../text.ts';
import { oneLine, type Page, type Tone, wrapped } from './page.ts';

const FINDINGS_MAX = 20;
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];
const TONES: Record<Severity, Tone> = { error: 'bad', warning: 'unsure', info: 'quiet' };

/**
 * What was found, the worst first, with objects and cure; findings that were there before come
 * last.
 */
export function findingsSection(drill: DrillRecord, page: Page): string[] {
  const sorted = drill.findings.toSorted(
    (a, b) =>
      Number(a.phase === 'baseline') - Number(b.phase === 'baseline') ||
      a.round - b.round ||
      Number(a.expected) - Number(b.expected) ||
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  if (sorted.length === 0) return [];
  const more = sorted.length - FINDINGS_MAX;
  const alike = Map.groupBy(
    sorted.slice(0, FINDINGS_MAX),
    ({ phase, round, expected, severity, code }) => [phase, round, expected, severity, code].join(),
  );
  return [
    page.paint('strong', 'Findings'),
    ...[...alike.values()].flatMap((group) => groupLines(group, drill, page)),
    ...(more > 0
      ? [page.paint('quiet', `  and ${count(more, 'more finding')} in record.json`)]
      : []),
  ];
}

/** Findings of one code at different places. What holds for all of them is said once. */
function groupLines(group: readonly FoundFinding[], drill: DrillRecord, page: Page): string[] {
  const [first, ...others] = group;
  if (first === undefined) return [];
  const tone = first.expected ? 'good' : TONES[first.severity];
  const label = first.expected ? 'expected' : first.severity;
  const places = [...new Set(group.map(({ where }) => where))].join(', ');
  return [
    oneLine(
      page,
      2,
      [tone, `${label} ${first.code}`],
      ['quiet', `at ${places}${whenFound(first, drill)}`],
    ),
    ...wrapped(page, first.message, '    '),
    ...objectLines(first, page),
    ...others.flatMap((other) => [
      ...wrapped(page, other.message, '    '),
      ...(sameObjects(other, first) ? [] : objectLines(other, page)),
    ]),
    ...cureLines(first, others, page),
  ];
}

function sameObjects(one: FoundFinding, other: FoundFinding): boolean {
  const names = ({ objects }: FoundFinding) => objects.map(describeObject).sort().join();
  return one.objectCount === other.objectCount && names(one) === names(other);
}

/** A cure that differs from the first in nothing but the place is only named by that. */
function cureLines(first: FoundFinding, others: readonly FoundFinding[], page: Page): string[] {
  const anywhere = ({ cure, where }: FoundFinding) => cure.replaceAll(where, '');
  const differing = others.filter((other) => anywhere(other) !== anywhere(first));
  const likewise = others
    .filter((other) => other.cure !== first.cure && !differing.includes(other))
    .map(({ where }) => where);
  return [
    ...wrapped(page, first.cure, '    cure: ', '          '),
    ...(likewise.length === 0
      ? []
      : wrapped(page, `and likewise: ${likewise.join(', ')}`, '          ')),
    ...differing.flatMap(({ cure }) => wrapped(page, cure, '    cure: ', '          ')),
  ];
}

/** The named objects, those of one resource and namespace together. */
function objectLines({ objects, objectCount }: FoundFinding, page: Page): string[] {
  const places = Map.groupBy(objects, (object) => describeObject({ ...object, name: '' }));
  const unnamed = objectCount - objects.length;
  return [
    ...[...places].flatMap(([place, group]) =>
      wrapped(page, `${place}${group.map(({ name }) => name).join(', ')}`, '      ', '        '),
    ),
    ...(unnamed > 0 ? [`      and ${unnamed} more`] : []),
  ];
}

function whenFound({ phase, round }: FoundFinding, drill: DrillRecord): string {
  if (phase === 'baseline') return ', before the fault';
  if (phase === 'impact') return ', while the fault lasted';
  const rounds = new Set(
    drill.checks.filter((check) => check.phase === 'verify').map((c) => c.round),
  );
  return rounds.size > 1 ? `, after recovery ${round}` : '';
}
