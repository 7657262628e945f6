import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A program that runs until it is told to end. */
export interface Daemon {
  readonly pid: number;
  /** Resolves when it has ended, however that came; never rejects. */
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
}

export interface DaemonOptions {
  /** Its output is appended here; `inherit` gives it our own streams. */
  logFile: string | 'inherit';
  env?: Record<string, string>;
  bareEnvironment?: boolean;
  cwd?: string;
}

/**
 * Starts a program and does not wait for it. The caller registers its end for clean-up first.
 * Not through execa, which would pipe its log through the harness: a daemon writes to the file itself,
 * and goes on doing so whatever happens to the harness.
 * @returns undefined when it could not be started at all (its name is wrong, it may not be executed).
 */
export function startDaemon(
  program: string,
  args: readonly string[],
  options: DaemonOptions,
): Daemon | undefined {
  const log = options.logFile === 'inherit' ? undefined : openSync(options.logFile, 'a');
  const child = spawn(program, args, {
    stdio: log === undefined ? 'inherit' : ['ignore', log, log],
    env: options.bareEnvironment ? options.env : { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (log !== undefined) closeSync(log);
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>(
    (resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
      child.once('error', () => resolve({ exitCode: null, signal: null }));
    },
  );
  const { pid } = child;
  if (pid === undefined) return undefined;
  return { pid, ended, kill: (signal) => void child.kill(signal) };
}
