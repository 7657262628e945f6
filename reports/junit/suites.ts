import { describeObject } from '../../harness/model/finding.ts';
import type {
  CheckRun,
  DrillRecord,
  FoundFinding,
  PhaseRun,
  RunRecord,
} from '../../harness/model/record.ts';
import { findingsOf, isAsExpected } from '../expected.ts';
import { phaseName, stepName } from '../sentence.ts';

/**
 * JUnit knows one kind of failure; its `type` says whether something is wrong, unknown, or our own
 * fault.
 */
export type FailureType = 'Failure' | 'Inconclusive' | 'HarnessError';

export interface Case {
  name: string;
  durationMs: number;
  outcome: 'passed' | 'skipped' | { type: FailureType; message: string; details: string };
  /** Shown with the case: why it was skipped, output of commands. */
  output: string[];
  /** Paths of evidence. */
  attachments: string[];
}

/** One drill: its phases, its checks, and its verdict as the last case. */
export interface Suite {
  name: string;
  file: string;
  startedAtMs: number;
  durationMs: number;
  properties: Record<string, string>;
  cases: Case[];
}

/** @param attachments paths, relative to the report, of files that go with every drill. */
export function suitesOf(run: RunRecord, attachments: string[] = []): Suite[] {
  return run.drills.map((drill) => ({
    name: `${drill.scenario} on ${drill.target}`,
    file: drill.scenarioFile,
    startedAtMs: Date.parse(drill.startedAt),
    durationMs: drill.durationMs,
    properties: propertiesOf(drill, run),
    cases: [
      ...drill.phases.map((phase) => caseOfPhase(phase, drill)),
      ...drill.checks.map((check) => caseOfCheck(check, drill)),
      caseOfVerdict(drill, attachments),
    ],
  }));
}

function propertiesOf(drill: DrillRecord, run: RunRecord): Record<string, string> {
  return {
    runId: run.runId,
    seed: String(drill.seed),
    target: drill.target,
    verdict: drill.verdict,
    ...Object.fromEntries(
      Object.entries(drill.versions).map(([tool, version]) => [`version.${tool}`, version]),
    ),
    reproduce: drill.reproduce,
  };
}

function caseOfPhase(phase: PhaseRun, drill: DrillRecord): Case {
  const name = `phase ${phaseName({ phase: phase.name, round: phase.round })}`;
  const reason = phase.reason ?? 'the phase did not end';
  const base = { name, durationMs: phase.durationMs ?? 0, attachments: [] };
  if (phase.verdict === 'ok' || isToldElsewhere(phase, drill)) {
    return { ...base, outcome: 'passed', output: [] };
  }
  if (phase.verdict === 'skipped') return { ...base, outcome: 'skipped', output: [reason] };
  const details = failedSteps(phase, drill);
  return {
    ...base,
    outcome: {
      type: phase.verdict === null ? 'Inconclusive' : typeOf(drill),
      message: reason,
      details: [reason, ...details].join('\n'),
    },
    output: [],
  };
}

/**
 * One cause gives one failure: what a check found fails the check, and a stop that was expected is
 * none.
 */
function isToldElsewhere({ name, round, verdict }: PhaseRun, drill: DrillRecord): boolean {
  if (verdict !== 'failed') return false;
  if (name === 'recover') return drill.expectations.some((e) => e.round === round && e.stops);
  return drill.checks.some(
    (check) => check.phase === name && check.round === round && check.verdict !== 'pass',
  );
}

function failedSteps({ name, round }: PhaseRun, drill: DrillRecord): string[] {
  return drill.runbooks
    .filter((runbook) => runbook.phase === name && runbook.round === round)
    .flatMap(({ steps }) => steps.filter(({ problem }) => problem !== null))
    .map(
      ({ number, title, host, problem, command, output }) =>
        `${stepName({ step: number, title, host })}: ${problem}\n$ ${command}\n${output}`,
    );
}

function caseOfCheck(check: CheckRun, drill: DrillRecord): Case {
  const when = phaseName({ phase: check.phase, round: check.round });
  const base = {
    name: `check ${check.name} at ${when}`,
    durationMs: check.durationMs,
    attachments: [],
  };
  const reason = check.reason ?? check.findingCodes.join(', ');
  if (check.verdict === 'pass') return { ...base, outcome: 'passed', output: [] };
  if (check.verdict === 'skipped') return { ...base, outcome: 'skipped', output: [reason] };
  const findings = findingsOf(check, drill);
  const details = findings.map(storyOf);
  if (isAsExpected(check, drill)) {
    return { ...base, outcome: 'passed', output: ['found, as the scenario expects:', ...details] };
  }
  const type = check.verdict === 'unknown' ? 'Inconclusive' : 'Failure';
  return {
    ...base,
    outcome: {
      type,
      message: findings[0]?.message ?? reason,
      details: [reason, ...details].join('\n'),
    },
    output: [],
  };
}

function storyOf({ code, where, message, objects, objectCount, cure }: FoundFinding): string {
  const unnamed = objectCount - objects.length;
  return [
    `${code} at ${where}: ${message}`,
    ...objects.map((object) => `  ${describeObject(object)}`),
    ...(unnamed > 0 ? [`  and ${unnamed} more`] : []),
    `cure: ${cure}`,
  ].join('\n');
}

/**
 * The result as a whole: an invalid or ineffective drill has no failed check, and yet is not green.
 */
function caseOfVerdict(drill: DrillRecord, attachments: string[]): Case {
  const base = {
    name: 'verdict',
    durationMs: 0,
    output: [drill.reason],
    attachments,
  };
  if (drill.verdict === 'passed' || drill.verdict === 'reproduced') {
    return { ...base, outcome: 'passed' };
  }
  if (drill.verdict === 'skipped') return { ...base, outcome: 'skipped' };
  return {
    ...base,
    outcome: {
      type: typeOf(drill),
      message: `${drill.verdict}: ${drill.reason}`,
      details: [drill.error?.explanation ?? drill.reason, `again: ${drill.reproduce}`].join('\n'),
    },
  };
}

function typeOf({ verdict, error }: DrillRecord): FailureType {
  if (verdict === 'failed' || error?.kind === 'drill') return 'Failure';
  return verdict === 'error' && error?.kind !== 'interrupted' ? 'HarnessError' : 'Inconclusive';
}
