import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, startTicks } from '../exec/processes.ts';
import { writeWholeFile } from '../support/whole-file.ts';

/** What `kubedrill clean` has to know of a run that may never have come to its own end. */
const registeredRunSchema = z.object({
  runId: z.string(),
  directory: z.string(),
  pid: z.number().int(),
  /** With the pid it names the process for good: pids are used again. */
  startTicks: z.number(),
});
export type RegisteredRun = z.infer<typeof registeredRunSchema>;

function folder(): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local/state');
  return join(state, 'kubedrill', 'runs');
}

/** Called before a run makes anything. */
export async function registerRun(runId: string, directory: string): Promise<void> {
  const entry: RegisteredRun = {
    runId,
    directory,
    pid: process.pid,
    startTicks: startTicks(process.pid) ?? 0,
  };
  await mkdir(folder(), { recursive: true });
  await writeWholeFile(join(folder(), `${runId}.json`), `${JSON.stringify(entry)}\n`);
}

/** Called when nothing of a run is left but its reports. */
export async function forgetRun(runId: string): Promise<void> {
  await rm(join(folder(), `${runId}.json`), { force: true });
}

export async function registeredRuns(): Promise<RegisteredRun[]> {
  const files = await readdir(folder()).catch(() => []);
  const entries = await Promise.all(
    files
      .filter((file) => file.endsWith('.json'))
      .map((file) => readRegistration(join(folder(), file))),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** undefined for what is none, or was forgotten a moment ago: the other runs are still to be told. */
async function readRegistration(file: string): Promise<RegisteredRun | undefined> {
  try {
    return registeredRunSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Whether the process that registered the run is still there. */
export function isRunning(run: RegisteredRun): boolean {
  return isAlive(run.pid) && startTicks(run.pid) === run.startTicks;
}
