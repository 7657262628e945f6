import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../../harness/exec/run.ts';
import { type DrillRecord, recordSchema } from '../../harness/model/record.ts';
import { scenarioSchema } from '../../harness/model/scenario.ts';
import { loadRunbook } from '../../harness/runbook/library.ts';
import { packageRoot } from '../../harness/support/package-root.ts';
import {
  AS_WRITTEN,
  type Guide,
  type GuideRun,
  guideOf,
  guideRunsOf,
  guideRunsSchema,
} from './guide-runs.ts';
import { guidePage, withGuideTable } from './table.ts';

/**
 * Runs every drill of a published guide and writes what came of it: record.json and both tables.
 * Given documents of `run --json`, takes those instead; given `tables`, only writes the tables anew.
 */
const DRILLS = join(packageRoot, 'scenarios/drills');
const GUIDES = join(packageRoot, 'scenarios/runbooks/as-written');
const RECORD = join(GUIDES, 'record.json');
const README = join(packageRoot, 'README.md');
const TIMEOUT_MS = 60 * 60_000;

const given = process.argv.slice(2);
const documents = given.length > 0 ? given.filter((word) => word !== 'tables') : undefined;
const drills = documents === undefined ? await runDrills() : documents.flatMap(drillsIn);
const runs = guideRunsOf(drills, guide, stored());
await writeFile(RECORD, `${JSON.stringify({ schemaVersion: 1, runs }, null, 2)}\n`);
await writeFile(join(GUIDES, 'README.md'), guidePage(runs));
await writeFile(README, withGuideTable(readFileSync(README, 'utf8'), runs));

function stored(): GuideRun[] {
  if (!existsSync(RECORD)) return [];
  return guideRunsSchema.parse(JSON.parse(readFileSync(RECORD, 'utf8'))).runs;
}

function guide(runbook: string): Guide {
  return guideOf(loadRunbook(runbook, packageRoot).runbook);
}

/** Scenarios that follow a published guide, by the target they are made for. */
function guideScenarios(): Map<string, string[]> {
  const made = readdirSync(DRILLS).flatMap((name) => {
    const text = readFileSync(join(DRILLS, name, 'scenario.yaml'), 'utf8');
    const { backup, recovery, targets } = scenarioSchema.parse(parse(text));
    const names = [backup.runbook, ...recovery.map(({ runbook }) => runbook)];
    const guide = names.some((runbook) => runbook.startsWith(AS_WRITTEN));
    return guide ? [{ name, target: targets[0] ?? 'process' }] : [];
  });
  const byTarget = Map.groupBy(made, ({ target }) => target);
  return new Map([...byTarget].map(([target, each]) => [target, each.map(({ name }) => name)]));
}

/** One run a target; a target that this machine lacks leaves no record. */
async function runDrills(): Promise<DrillRecord[]> {
  const out = await mkdtemp(join(tmpdir(), 'kubedrill-guides-'));
  const entry = join(packageRoot, 'harness/cli/bin.mjs');
  const drills: DrillRecord[] = [];
  try {
    for (const [target, names] of guideScenarios()) {
      const directory = join(out, target);
      const args = [entry, 'run', ...names, '--out', directory];
      await run(process.execPath, args, { timeoutMs: TIMEOUT_MS });
      const document = join(directory, 'record.json');
      if (existsSync(document)) drills.push(...drillsIn(document));
    }
    return drills;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Drills of a document that `run --json` has written. */
function drillsIn(file: string): DrillRecord[] {
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).drills;
}
