import type { CheckRun, DrillRecord, FoundFinding } from '../harness/model/record.ts';

/** What one examination by a check found. */
export function findingsOf({ name, phase, round }: CheckRun, drill: DrillRecord): FoundFinding[] {
  return drill.findings.filter(
    (found) => found.check === name && found.phase === phase && found.round === round,
  );
}

/** Whether a check failed, and only with findings that the scenario expects. */
export function isAsExpected(check: CheckRun, drill: DrillRecord): boolean {
  const findings = findingsOf(check, drill);
  return (
    check.verdict === 'fail' && findings.length > 0 && findings.every(({ expected }) => expected)
  );
}
