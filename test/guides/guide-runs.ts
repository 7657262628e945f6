import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DrillRecord, RunbookRun } from '../../harness/model/record.ts';
import type { Runbook } from '../../harness/model/runbook.ts';
import { targetNameSchema } from '../../harness/model/scenario.ts';

export const AS_WRITTEN = 'as-written/';

const guideRunSchema = z.strictObject({
  scenario: z.string(),
  summary: z.string(),
  target: targetNameSchema,
  versions: z.record(z.string(), z.string()),
  runbook: z.string().startsWith(AS_WRITTEN),
  commandsSha256: z
    .string()
    .describe('Of the commands that were run: whether the guide is still the same'),
  /** Title of the guide and of its section, as the runbook gives them. */
  source: z.string(),
  phase: z.enum(['backup', 'recover']),
  ended: z.enum(['works', 'stops', 'loses']),
  /** Codes of what was found after it; empty unless it loses. */
  findings: z.array(z.string()),
  /** Which block stopped it and how; null unless it stops. */
  stopped: z.string().nullable(),
  substitutions: z.int(),
  addedSteps: z.int(),
});
export type GuideRun = z.infer<typeof guideRunSchema>;

/** What record.json beside the guides holds: of each guide, what its drill came to. */
export const guideRunsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runs: z.array(guideRunSchema),
});

/** What the runbook of a guide says of itself. */
export type Guide = Pick<GuideRun, 'source' | 'commandsSha256'>;

export function guideOf({ name, frontMatter, steps }: Runbook): Guide {
  const scripts = steps.flatMap(({ blocks }) => blocks.map(({ script }) => script));
  return {
    source: frontMatter.source ?? name,
    commandsSha256: createHash('sha256').update(scripts.join('\0')).digest('hex'),
  };
}

/**
 * Takes from drills what they proved about published guides. Where one was skipped, or was not run,
 * what an earlier one said stays.
 * @param guide the guide of a runbook.
 * @throws Error for a drill that did not end as its scenario predicts: nothing may be said of its guide.
 */
export function guideRunsOf(
  drills: readonly DrillRecord[],
  guide: (runbook: string) => Guide,
  earlier: readonly GuideRun[] = [],
): GuideRun[] {
  const played = drills.filter(({ verdict }) => verdict !== 'skipped');
  const kept = earlier.filter(
    ({ scenario }) => !played.some((drill) => drill.scenario === scenario),
  );
  const runs = played.flatMap((drill) => {
    if (drill.verdict !== 'passed' && drill.verdict !== 'reproduced')
      throw new Error(`${drill.scenario} ended ${drill.verdict}: ${drill.reason}`);
    return drill.runbooks
      .filter(({ name }) => name.startsWith(AS_WRITTEN))
      .map((run) => guideRunOf(drill, run, guide(run.name)));
  });
  return [...kept, ...runs].toSorted(
    (one, other) => compare(one.runbook, other.runbook) || compare(one.scenario, other.scenario),
  );
}

function guideRunOf(drill: DrillRecord, run: RunbookRun, guide: Guide): GuideRun {
  const phase = run.phase === 'backup' ? 'backup' : 'recover';
  const found = drill.findings.filter(
    ({ severity, round, phase: seenIn }) =>
      phase === 'recover' && seenIn === 'verify' && round === run.round && severity === 'error',
  );
  const stopped = run.steps.find(({ problem }) => problem !== null);
  const findings = [...new Set(found.map(({ code }) => code))].sort(compare);
  return {
    scenario: drill.scenario,
    summary: drill.summary,
    target: drill.target,
    versions: drill.versions,
    runbook: run.name,
    ...guide,
    phase,
    ended: stopped !== undefined ? 'stops' : findings.length > 0 ? 'loses' : 'works',
    findings,
    stopped:
      stopped === undefined ? null : `${stopped.title}: ${lastingWords(stopped.problem ?? '')}`,
    substitutions: run.substitutions.length,
    addedSteps: new Set(run.steps.filter(({ added }) => added).map(({ number }) => number)).size,
  };
}

/** Without how long it took, which differs each time. */
function lastingWords(problem: string): string {
  return problem.replace(/^(exit \d+) after .*$/, '$1');
}

/** By code units, so that every machine sorts alike. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
