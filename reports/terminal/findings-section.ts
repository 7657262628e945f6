import { describeObject, type Severity } from '../../harness/model/finding.ts';
import type { DrillRecord, FoundFinding } from '../../harness/model/record.ts';
import { count } from '../text.ts';
import { oneLine, type Page, type Tone, wrapped } from './page.ts';

const FINDINGS_MAX = 20;
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];
const TONES: Record<Severity, Tone> = { error: 'bad', warning: 'unsure', info: 'quiet' };

/** What was found, the worst first, with objects and cure; findings that were there before come last. */
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
  return [
    page.paint('strong', 'Findings'),
    ...sorted.slice(0, FINDINGS_MAX).flatMap((found) => findingLines(found, drill, page)),
    ...(more > 0
      ? [page.paint('quiet', `  and ${count(more, 'more finding')} in record.json`)]
      : []),
  ];
}

function findingLines(found: FoundFinding, drill: DrillRecord, page: Page): string[] {
  const tone = found.expected ? 'good' : TONES[found.severity];
  const label = found.expected ? 'expected' : found.severity;
  const where = `at ${found.where}${whenFound(found, drill)}`;
  return [
    oneLine(page, 2, [tone, `${label} ${found.code}`], ['quiet', where]),
    ...wrapped(page, found.message, '    '),
    ...objectLines(found, page),
    ...wrapped(page, found.cure, '    cure: ', '          '),
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
  const rounds = new Set(
    drill.checks.filter((check) => check.phase === 'verify').map((c) => c.round),
  );
  return rounds.size > 1 ? `, after recovery ${round}` : '';
}
