import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from './journal.ts';
import { planFromJson } from './plan.ts';
import { reportersFor } from './reporters.ts';
import { runPlan } from './run.ts';

/**
 * Plays a plan in this process; inside the drill's namespaces it is all that runs, so it loads nothing
 * of what it takes to make a plan. @returns the exit code.
 */
export async function playPlanFile(file: string): Promise<number> {
  const plan = planFromJson(await readFile(file, 'utf8'));
  using journal = new Journal(join(plan.directory, 'events.ndjson'));
  return await runPlan(plan, journal, await reportersFor(plan));
}
