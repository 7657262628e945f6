import type { Severity } from '../harness/model/finding.ts';
import { describeObject } from '../harness/model/finding.ts';
import type { DrillRecord, FoundFinding } from '../harness/model/record.ts';

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/**
 * Findings of one code at one time, which differ in their place: what holds for all is said once.
 */
export interface FindingGroup {
  first: FoundFinding;
  others: FoundFinding[];
  /** Where they were seen. */
  places: string;
  /** `, before the fault`; empty when it goes without saying. */
  when: string;
  cures: string[];
  /** Where the first cure helps too. */
  likewise: string[];
}

/** The worst first; what was there before the fault comes last. */
export function sortedFindings(drill: DrillRecord): FoundFinding[] {
  return drill.findings.toSorted(
    (a, b) =>
      Number(a.phase === 'baseline') - Number(b.phase === 'baseline') ||
      a.round - b.round ||
      Number(a.expected) - Number(b.expected) ||
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
}

export function findingGroups(
  findings: readonly FoundFinding[],
  drill: DrillRecord,
): FindingGroup[] {
  const alike = Map.groupBy(findings, ({ phase, round, expected, severity, code }) =>
    [phase, round, expected, severity, code].join(),
  );
  return [...alike.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    return {
      first,
      others,
      places: [...new Set(group.map(({ where }) => where))].join(', '),
      when: whenFound(first, drill),
      ...curesOf(first, others),
    };
  });
}

/** A cure that differs from the first in nothing but the place is only named by that. */
function curesOf(first: FoundFinding, others: readonly FoundFinding[]) {
  const anywhere = ({ cure, where }: FoundFinding) => cure.replaceAll(where, '');
  const differing = others.filter((other) => anywhere(other) !== anywhere(first));
  return {
    cures: [first.cure, ...differing.map(({ cure }) => cure)],
    likewise: others
      .filter((other) => other.cure !== first.cure && !differing.includes(other))
      .map(({ where }) => where),
  };
}

function whenFound({ phase, round }: FoundFinding, drill: DrillRecord): string {
  if (phase === 'baseline') return ', before the fault';
  if (phase === 'impact') return ', while the fault lasted';
  const rounds = new Set(
    drill.checks.filter((check) => check.phase === 'verify').map((check) => check.round),
  );
  return rounds.size > 1 ? `, after recovery ${round}` : '';
}

/** Whether two findings name the same objects. */
export function sameObjects(one: FoundFinding, other: FoundFinding): boolean {
  const names = ({ objects }: FoundFinding) => objects.map(describeObject).sort().join();
  return one.objectCount === other.objectCount && names(one) === names(other);
}

/** The named objects, those of one resource and namespace together: `apps/deployments shop/`, names. */
export function objectsByPlace({ objects }: FoundFinding): [place: string, names: string[]][] {
  const places = Map.groupBy(objects, (object) => describeObject({ ...object, name: '' }));
  return [...places].map(([place, group]) => [place, group.map(({ name }) => name)]);
}
