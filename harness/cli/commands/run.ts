import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseSeed, makeDrillPlan } from '../../runner/make-plan.ts';
import { requireOneWorld } from '../../runner/one-world.ts';
import { requireOwnPaths } from '../../runner/own-paths.ts';
import type { DrillPlan, RunPlan } from '../../runner/plan.ts';
import { forgetRun, registerRun } from '../../runner/run-registry.ts';
import { loadScenarios, wholeVocabulary } from '../../runner/scenario-file.ts';
import { systemClock } from '../../support/clock.ts';
import { environmentError } from '../../support/errors.ts';
import { newRunId } from '../../support/ids.ts';
import { packageRoot } from '../../support/package-root.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import { namespacesForbidden, runInWorld } from '../../targets/process/world.ts';
import { progressPrinter } from '../../toolchain/progress.ts';
import type { RunOptions } from './run-options.ts';

const PLAN_FILE = 'plan.json';

/**
 * `kubedrill run`: makes the plan here, where there is a network, and plays it inside the drill's own
 * world, where there is none. @returns the exit code.
 */
export async function runCommand(names: readonly string[], options: RunOptions): Promise<number> {
  const plan = await makeRunPlan(names, options);
  if (options.dryRun) {
    const { describePlan } = await import('../../runner/describe-plan.ts');
    const document = JSON.stringify({ schemaVersion: 1, plan }, null, 2);
    process.stdout.write(options.json ? `${document}\n` : describePlan(plan));
    return 0;
  }
  const { targetOf } = await import('../../runner/target-of.ts');
  for (const drill of plan.drills) targetOf(drill);
  requireOneWorld(plan.drills);
  await makeDirectory(plan.directory);
  await registerRun(plan.runId, plan.directory);
  try {
    return await play(plan);
  } finally {
    await forgetRun(plan.runId);
  }
}

async function play(plan: RunPlan): Promise<number> {
  const file = join(plan.directory, PLAN_FILE);
  await writeWholeFile(file, JSON.stringify(plan));
  if (!plan.drills.some(({ target }) => target === 'process')) return playHere(file);
  const forbidden = await namespacesForbidden();
  if (forbidden === undefined) return runInWorld([process.execPath, entry(), 'play', file]);
  requireOwnPaths(plan.drills, forbidden);
  process.stderr.write(
    `namespaces are not allowed here (${forbidden}): the drill runs beside this machine's other processes\n`,
  );
  return playHere(file);
}

async function playHere(file: string): Promise<number> {
  const { playPlanFile } = await import('../../runner/play-plan-file.ts');
  return playPlanFile(file);
}

/** The same entry that the user started, from the sources or from a built dist. */
function entry(): string {
  const built = fileURLToPath(import.meta.url).startsWith(join(packageRoot, 'dist'));
  return join(packageRoot, built ? 'dist/bin.cjs' : 'harness/cli/bin.mjs');
}

async function makeRunPlan(names: readonly string[], options: RunOptions): Promise<RunPlan> {
  const nowMs = systemClock.nowMs();
  const scenarios = await loadScenarios(names, wholeVocabulary);
  const seed = chooseSeed(options.seed, nowMs);
  const runId = newRunId(nowMs);
  const drills: DrillPlan[] = [];
  for (const loaded of scenarios) {
    for (let turn = 0; turn < options.repeat; turn += 1) {
      const ownSeed = seed + turn;
      const reproduce = reproduceCommand(
        loaded.shipped ? loaded.scenario.name : loaded.file,
        ownSeed,
        options,
      );
      drills.push(
        await makeDrillPlan(loaded, options, ownSeed, reproduce, {
          onProgress: progressPrinter(process.stderr),
        }),
      );
    }
  }
  return {
    runId,
    directory: resolve(options.directory ?? join('kubedrill-runs', runId)),
    argv: process.argv.slice(2),
    seed,
    keep: options.keep,
    pauseAfter: options.pauseAfter,
    runWorkloads: options.runWorkloads,
    json: options.json,
    eventsFile: options.eventsFile && resolve(options.eventsFile),
    junitFile: options.junitFile && resolve(options.junitFile),
    drills,
  };
}

/** The command that runs one drill of this run again, with its seed and all that decides its course. */
function reproduceCommand(scenario: string, seed: number, options: RunOptions): string {
  const words = ['kubedrill', 'run', scenario, '--seed', String(seed)];
  const add = (flag: string, value: string | number | undefined) => {
    if (value !== undefined) words.push(flag, String(value));
  };
  add('--target', options.target);
  add('--runbook', options.runbook);
  add('--etcd', options.etcd);
  add('--kubernetes', options.kubernetes);
  add('--objects', options.objectCount);
  if (options.controllers) words.push('--controllers');
  add('--control-planes', options.controlPlanes);
  add('--workers', options.workers);
  add('--image', options.nodeImage);
  add('--ingress', options.ingress);
  add('--snapshot', options.snapshot?.file);
  add('--etcd-prefix', options.snapshot?.etcdPrefix);
  add('--encryption-config', options.snapshot?.encryptionConfig);
  add('--sa-key', options.snapshot?.serviceAccountKey);
  add('--service-cidr', options.snapshot?.serviceCidr);
  if (options.runWorkloads) words.push('--run-workloads');
  return words
    .map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/** One by one: `recursive` tries for ever below a folder that refuses new ones with ENOENT, as /proc does. */
async function makeFolders(folder: string): Promise<void> {
  if (!existsSync(dirname(folder))) await makeFolders(dirname(folder));
  await mkdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST' || !statSync(folder).isDirectory()) throw thrown;
  });
}

async function makeDirectory(directory: string): Promise<void> {
  if (existsSync(join(directory, 'events.ndjson'))) {
    throw environmentError(
      `put a run into ${directory}`,
      'it holds a run already',
      'give another folder with --out, or none for a new one',
    );
  }
  await makeFolders(directory).catch((thrown: Error) => {
    throw environmentError(
      `make the folder of the run, ${directory}`,
      thrown.message,
      'give another one with --out',
    );
  });
}
