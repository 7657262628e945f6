import { z } from 'zod';
import { findingSchema } from './finding-schema.ts';
import { PHASES } from './phase.ts';
import { substitutionSchema } from './runbook.ts';
import { faultCallSchema, targetNameSchema } from './scenario.ts';
import { CHECK_VERDICTS, DRILL_VERDICTS } from './verdict.ts';

/** Fields may be added within a version; none is renamed or changes its meaning. */
export const RECORD_SCHEMA_VERSION = 1;

const phaseSchema = z.enum(PHASES);
const drillVerdictSchema = z.enum(DRILL_VERDICTS);
const milliseconds = z.number().nonnegative();
const round = z.int().nonnegative().describe('Which recovery entry, from 1; 0 before the recovery');

const stepSchema = z.object({
  number: z.int(),
  title: z.string(),
  host: z.string(),
  command: z.string(),
  added: z.boolean().describe('Not in the published guide'),
  exitCode: z.int().nullable().describe('null: no exit code, or not ended'),
  problem: z.string().nullable(),
  startMs: milliseconds.describe('Since the drill began'),
  durationMs: milliseconds.nullable().describe('null: not ended'),
  output: z.string().describe('The end of the output, redacted'),
});

const runbookRunSchema = z.object({
  name: z.string(),
  file: z.string(),
  sha256: z.string(),
  phase: phaseSchema.nullable(),
  round,
  verdict: z.enum(['ok', 'failed']).nullable().describe('null: not ended'),
  reason: z.string().nullable(),
  durationMs: milliseconds.nullable(),
  substitutions: z.array(substitutionSchema),
  steps: z.array(stepSchema),
});

const phaseRunSchema = z.object({
  name: phaseSchema,
  round,
  startMs: milliseconds.describe('Since the drill began'),
  durationMs: milliseconds.nullable().describe('null: not ended'),
  verdict: z.enum(['ok', 'failed', 'skipped']).nullable().describe('null: not ended'),
  reason: z.string().nullable(),
});

const checkRunSchema = z.object({
  name: z.string(),
  title: z.string(),
  phase: phaseSchema,
  round,
  verdict: z.enum(CHECK_VERDICTS),
  reason: z.string().nullable(),
  findingCodes: z.array(z.string()),
  durationMs: milliseconds,
});

const foundSchema = findingSchema.extend({
  check: z.string(),
  phase: phaseSchema,
  round,
  expected: z.boolean().describe('The scenario said that it would, or might, be found'),
});

const expectationSchema = z.object({
  round,
  findings: z.array(z.string()),
  mayAlso: z.array(z.string()),
  stops: z.boolean(),
  missing: z.array(z.string()),
  unexpected: z.array(z.string()),
});

const rtoSchema = z.object({
  totalMs: milliseconds,
  detectedMs: milliseconds.optional(),
  stoppedMs: milliseconds.optional(),
  restoredMs: milliseconds.optional(),
  etcdServingMs: milliseconds.optional(),
  apiServingMs: milliseconds.optional(),
  dnsAnsweringMs: milliseconds.optional(),
  ingressAnsweringMs: milliseconds.optional(),
  settledMs: milliseconds.optional(),
});

const rpoSchema = z.object({ ms: milliseconds, revisions: z.number(), objects: z.number() });

export const drillRecordSchema = z.object({
  scenario: z.string(),
  summary: z.string(),
  scenarioFile: z.string(),
  target: targetNameSchema,
  seed: z.number(),
  parameters: z.record(z.string(), z.unknown()),
  verdict: drillVerdictSchema,
  reason: z.string(),
  error: z
    .object({
      kind: z.enum(['usage', 'environment', 'drill', 'interrupted', 'internal']),
      explanation: z.string(),
    })
    .nullable(),
  startedAt: z.string().describe('ISO time, UTC'),
  durationMs: milliseconds,
  runbooks: z.array(runbookRunSchema),
  phases: z.array(phaseRunSchema),
  checks: z.array(checkRunSchema),
  findings: z.array(foundSchema),
  expectations: z.array(expectationSchema),
  faults: z.array(
    z.object({
      call: faultCallSchema,
      hosts: z.array(z.string()),
      took: z.enum(['effect', 'no-effect']),
      evidence: z.string(),
      atMs: milliseconds.describe('When it had been done, since the drill began'),
    }),
  ),
  snapshots: z.array(
    z.object({
      file: z.string(),
      verdict: z.string(),
      sizeBytes: z.number(),
      revision: z.number(),
      liveKeys: z.number(),
      findingCodes: z.array(z.string()),
    }),
  ),
  rto: rtoSchema.nullable(),
  rpo: rpoSchema.nullable(),
  outages: z
    .array(
      z.object({
        probe: z.string(),
        part: z
          .string()
          .optional()
          .describe('Where it was asked, or what of it; absent for the whole of it'),
        startMs: z.number(),
        endMs: z.number(),
        budgetMs: milliseconds
          .optional()
          .describe('For how long the scenario lets it be out at a time, where it says so'),
        lasting: z.literal(true).optional(),
      }),
    )
    .describe(
      'Milliseconds since the drill began; nobody asks before the phase inject. `lasting` where the outage was not over at `endMs`, when nobody asked any more',
    ),
  versions: z.record(z.string(), z.string()),
  tools: z.array(
    z.object({ tool: z.string(), version: z.string(), path: z.string(), source: z.string() }),
  ),
  notes: z.array(z.object({ level: z.enum(['info', 'warning']), message: z.string() })),
  left: z.array(z.object({ what: z.string(), why: z.string() })).describe('Not torn down'),
  evidence: z.string().nullable().describe('Folder with journal, logs and data'),
  reproduce: z.string().describe('The command that runs this drill again'),
});
export type DrillRecord = z.infer<typeof drillRecordSchema>;

/** The document of `run --json` and of record.json. */
export const recordSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  runId: z.string(),
  seed: z.number(),
  verdict: drillVerdictSchema,
  exitCode: z.int(),
  argv: z.array(z.string()),
  directory: z.string(),
  startedAt: z.string().describe('ISO time, UTC'),
  durationMs: milliseconds,
  complete: z.boolean().describe('false: the journal ends in the middle of the run'),
  interruptedBy: z.enum(['SIGINT', 'SIGTERM', 'SIGHUP']).nullable(),
  reporterProblems: z.array(z.object({ reporter: z.string(), message: z.string() })),
  drills: z.array(drillRecordSchema),
});
export type RunRecord = z.infer<typeof recordSchema>;

export type StepRun = z.infer<typeof stepSchema>;
export type RunbookRun = z.infer<typeof runbookRunSchema>;
export type PhaseRun = z.infer<typeof phaseRunSchema>;
export type CheckRun = z.infer<typeof checkRunSchema>;
export type FoundFinding = z.infer<typeof foundSchema>;
export type Expectation = z.infer<typeof expectationSchema>;
