import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../harness/exec/run.ts';
import { type DrillRecord, recordSchema } from '../../harness/model/record.ts';
import { packageRoot } from '../../harness/support/package-root.ts';
import { INCIDENTS, incidentScenarios, saysNoCure, scenarioIn } from './incident-pages.ts';
import { type IncidentRun, incidentRunsOf, incidentRunsSchema } from './incident-runs.ts';
import { between, ROUNDS, roundsTable, TRACK_RECORD, trackRecord } from './table.ts';

/**
 * Runs every incident and writes what came of it: record.json, the track record, and the table of each
 * page that has one. Given documents of `run --json`, or record.json of runs, takes those instead and
 * adds them to what is known; given `tables`, only writes the tables anew.
 */
const RECORD = join(INCIDENTS, 'record.json');
const TIMEOUT_MS = 2 * 60 * 60_000;

const given = process.argv.slice(2);
const documents = given.length > 0 ? given.filter((word) => word !== 'tables') : undefined;
const drills = documents === undefined ? await runDrills() : documents.flatMap(drillsIn);
const told = { scenarioOf: scenarioIn, saysNoCure };
const runs = incidentRunsOf(drills, told, stored());
await writeFile(RECORD, `${JSON.stringify({ schemaVersion: 1, runs }, null, 2)}\n`);
await rewrite(join(INCIDENTS, 'README.md'), (page) =>
  between(page, TRACK_RECORD, trackRecord(runs)),
);
for (const folder of new Set(runs.map(({ scenario }) => scenario.split('/')[0] ?? scenario))) {
  const own = runs.filter(({ scenario }) => scenario.split('/')[0] === folder);
  await rewrite(join(INCIDENTS, folder, 'README.md'), (page) =>
    page.includes(ROUNDS.begin) ? between(page, ROUNDS, roundsTable(own)) : page,
  );
}

async function rewrite(file: string, change: (page: string) => string): Promise<void> {
  if (existsSync(file)) await writeFile(file, change(readFileSync(file, 'utf8')));
}

function stored(): IncidentRun[] {
  if (!existsSync(RECORD)) return [];
  const { runs: known } = incidentRunsSchema.parse(JSON.parse(readFileSync(RECORD, 'utf8')));
  const present = new Set(incidentScenarios().map(({ name }) => name));
  return known.filter(({ scenario }) => present.has(scenario));
}

/** One run a target; a target that this machine lacks leaves no record. */
async function runDrills(): Promise<DrillRecord[]> {
  const out = await mkdtemp(join(tmpdir(), 'kubedrill-incidents-'));
  const entry = join(packageRoot, 'harness/cli/bin.mjs');
  const byTarget = Map.groupBy(incidentScenarios(), ({ targets }) => targets[0] ?? 'process');
  try {
    for (const [target, scenarios] of byTarget) {
      const args = [entry, 'run', ...scenarios.map(({ name }) => name), '--out', join(out, target)];
      await run(process.execPath, args, { timeoutMs: TIMEOUT_MS });
    }
    const written = readdirSync(out).map((target) => join(out, target, 'record.json'));
    return written.filter((file) => existsSync(file)).flatMap(drillsIn);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

function drillsIn(file: string): DrillRecord[] {
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).drills;
}
