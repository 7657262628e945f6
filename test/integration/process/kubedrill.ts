import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEvent } from '../../../harness/model/event.ts';
import { type RunRecord, recordSchema } from '../../../harness/model/record.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';

export const ENTRY = join(packageRoot, 'harness/cli/bin.mjs');

/** A place of its own for one test: working directory, run registry, everything that a run leaves. */
export interface Workplace extends AsyncDisposable {
  directory: string;
  /** Runs kubedrill to its end. */
  kubedrill(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Starts it and comes back at once. */
  start(args: readonly string[], env?: Record<string, string>): ChildProcess;
}

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export async function workplace(): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
  const start = (args: readonly string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, [ENTRY, ...args], {
      cwd: directory,
      env: { ...process.env, XDG_STATE_HOME: join(directory, 'state'), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    directory,
    start,
    kubedrill: async (args, env) => {
      const child = start(args, env);
      let stdout = '';
      let stderr = '';
      child.stdout?.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr?.on('data', (chunk) => {
        stderr += chunk;
      });
      await once(child, 'close');
      return { exitCode: child.exitCode, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/**
 * Runs one drill with `--json`. The document is checked against its published schema, and kept in the folder
 * `KUBEDRILL_RECORDS`, if it is set: `npm run incidents -- FOLDER/*.json` takes what tests have played into the track record.
 */
export async function drill(
  place: Workplace,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ ended: Ended; record: RunRecord }> {
  const ended = await place.kubedrill(['run', ...args, '--json'], env);
  if (ended.stdout === '') throw new Error(`no document; standard error:\n${ended.stderr}`);
  const record = recordSchema.parse(JSON.parse(ended.stdout));
  const { KUBEDRILL_RECORDS: kept } = process.env;
  if (kept) {
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, `${record.runId}.json`), ended.stdout);
  }
  return { ended, record };
}

/** What a run in `directory` has journaled so far. */
export function eventsIn(directory: string): JournalEvent[] {
  const file = join(directory, 'events.ndjson');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalEvent);
}

export function untilEvent(
  directory: string,
  description: string,
  matches: (event: JournalEvent) => boolean,
  timeoutMs = 120_000,
): Promise<JournalEvent> {
  return until(
    description,
    () => {
      const events = eventsIn(directory);
      const found = events.find(matches);
      return found ? done(found) : notYet(events.at(-1)?.type ?? 'no event');
    },
    { timeoutMs, intervalMs: 20 },
  );
}

/** Processes that belong to a run: by its folder or by the process that it was started as. */
export function processesOf(runDirectory: string, outerPid: number): string[] {
  const marks = [runDirectory, `KUBEDRILL_WORLD_OF=${outerPid}\0`];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && entry !== String(process.pid))
    .flatMap((pid) => {
      const [command, environment] = ['cmdline', 'environ'].map((file) =>
        text(`/proc/${pid}/${file}`),
      );
      const ours = marks.some((mark) => command?.includes(mark) || environment?.includes(mark));
      return ours ? [`${pid} ${command?.replaceAll('\0', ' ')}`] : [];
    });
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
