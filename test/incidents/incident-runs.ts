import { z } from 'zod';
import type { DrillRecord, RunbookRun } from '../../harness/model/record.ts';
import { type Scenario, targetNameSchema } from '../../harness/model/scenario.ts';

const roundSchema = z.strictObject({
  runbook: z.string(),
  /** Codes that the scenario says must be found after it, and were. */
  findings: z.array(z.string()),
  /** Codes that it says may be found besides, and were. */
  also: z.array(z.string()).default([]),
  /** It was expected to stop, and did. */
  stops: z.boolean(),
  /** Its own page says that it is none, or what was found before it was found after it. */
  noCure: z.boolean(),
  /** From its end until the checks had said so. */
  watchedMs: z.int(),
});
export type Round = z.infer<typeof roundSchema>;

const incidentRunSchema = z.strictObject({
  scenario: z.string(),
  summary: z.string(),
  /** Where it was published; null for what was seen in our own drills. */
  source: z.string().nullable(),
  target: targetNameSchema,
  versions: z.record(z.string(), z.string()),
  /** Checks that named it. */
  detectors: z.array(z.string()),
  /** One a recovery entry. */
  rounds: z.array(roundSchema),
  /** Day of the run, UTC. */
  lastReproduced: z.iso.date(),
});
export type IncidentRun = z.infer<typeof incidentRunSchema>;

/** What record.json beside the incidents holds: of each variant, what its last run came to. */
export const incidentRunsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runs: z.array(incidentRunSchema),
});

/** What is not in the record of a run. */
export interface Told {
  scenarioOf(drill: DrillRecord): Pick<Scenario, 'kind' | 'source'>;
  saysNoCure(runbook: RunbookRun): boolean;
}

/**
 * Takes from drills what they proved about incidents. Where one was skipped, or was not run, what an
 * earlier one said stays.
 * @throws Error for a drill that did not end as its scenario predicts: nothing may be told of it.
 */
export function incidentRunsOf(
  drills: readonly DrillRecord[],
  told: Told,
  earlier: readonly IncidentRun[] = [],
): IncidentRun[] {
  const incidents = drills.filter(
    (drill) => drill.verdict !== 'skipped' && told.scenarioOf(drill).kind === 'incident',
  );
  // Of several runs the last one counts.
  const played = incidents
    .toSorted((one, other) => compare(other.startedAt, one.startedAt))
    .filter(
      ({ scenario }, index, all) => all.findIndex((each) => each.scenario === scenario) === index,
    );
  const kept = earlier.filter(
    ({ scenario }) => !played.some((drill) => drill.scenario === scenario),
  );
  const runs = played.map((drill) => {
    if (drill.verdict !== 'passed' && drill.verdict !== 'reproduced')
      throw new Error(`${drill.scenario} ended ${drill.verdict}: ${drill.reason}`);
    return incidentRunOf(drill, told);
  });
  return [...kept, ...runs].toSorted((one, other) => compare(one.scenario, other.scenario));
}

function incidentRunOf(drill: DrillRecord, told: Told): IncidentRun {
  const { scenario, summary, target, versions, startedAt } = drill;
  const recoveries = drill.runbooks.filter(({ phase }) => phase === 'recover');
  const played = recoveries.map((run) => roundOf(drill, run, told.saysNoCure(run)));
  const rounds = played.map((round, index) => ({
    ...round,
    noCure: round.noCure || changedNothing(round, played[index - 1]),
  }));
  const codes = new Set(rounds.flatMap(({ findings }) => findings));
  const detectors = drill.findings.filter(({ code }) => codes.has(code)).map(({ check }) => check);
  return {
    scenario,
    summary,
    source: told.scenarioOf(drill).source ?? null,
    target,
    versions,
    detectors: [...new Set(detectors)].sort(compare),
    rounds,
    lastReproduced: startedAt.slice(0, 'YYYY-MM-DD'.length),
  };
}

function roundOf(drill: DrillRecord, { name, round }: RunbookRun, noCure: boolean): Round {
  const expected = drill.expectations.find((each) => each.round === round);
  const endOf = (phase: string) => {
    const found = drill.phases.find((each) => each.name === phase && each.round === round);
    return found === undefined ? 0 : found.startMs + (found.durationMs ?? 0);
  };
  const findings = (expected?.findings ?? []).toSorted(compare);
  const found = drill.findings.filter((each) => each.round === round && each.phase === 'verify');
  const also = new Set(found.map(({ code }) => code).filter((code) => !findings.includes(code)));
  return {
    runbook: name,
    findings,
    also: [...also].sort(compare),
    stops: expected?.stops ?? false,
    noCure,
    watchedMs: Math.round(endOf('verify') - endOf('recover')),
  };
}

function changedNothing({ findings }: Round, before: Round | undefined): boolean {
  return findings.length > 0 && findings.join() === before?.findings.join();
}

/** By code units, so that every machine sorts alike. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
