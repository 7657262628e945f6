import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A program of Node's beside the harness, with which it exchanges messages. */
export interface Companion {
  readonly pid: number;
  /** Resolves when it has ended, however that came; never rejects. */
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
  /** Does nothing once it has ended. */
  send(message: unknown): void;
  /** Ends it at once, with everything that it started. */
  end(): void;
}

export interface CompanionOptions {
  /** Its output is appended here. */
  logFile: string;
  cwd: string;
  env?: Record<string, string>;
  onMessage(message: unknown): void;
}

/**
 * Standard input is a pipe that the harness holds and never writes to. When the harness is gone, even by
 * SIGKILL, it ends, and so does the whole process group: also when the program itself hears nothing any more.
 */
const LIFELINE = `
"$@" </dev/null &
companion=$!
{ cat >/dev/null; kill -KILL 0; } <&0 3>&- &
exec 3>&-
wait "$companion"
`;

/**
 * Starts a program of Node's in a process group of its own, with a channel for JSON messages.
 * @returns undefined when there is no bash to start it.
 */
export function startCompanion(
  file: string,
  args: readonly string[],
  options: CompanionOptions,
): Companion | undefined {
  const log = openSync(options.logFile, 'a');
  const command = ['-c', LIFELINE, 'bash', process.execPath, file, ...args];
  const child = spawn('bash', command, {
    stdio: ['pipe', log, log, 'ipc'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
  });
  closeSync(log);
  child.on('message', options.onMessage);
  // Whoever ended the program has closed the pipe, too.
  child.stdin?.on('error', () => undefined);
  const { pid } = child;
  const endGroup = () => {
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  };
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>(
    (resolve) => {
      child.once('exit', (exitCode, signal) => {
        endGroup();
        resolve({ exitCode, signal });
      });
      child.once('error', () => resolve({ exitCode: null, signal: null }));
    },
  );
  if (pid === undefined) return undefined;
  return {
    pid,
    ended,
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    end: endGroup,
  };
}
