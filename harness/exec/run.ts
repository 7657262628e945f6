import { execa } from 'execa';
import { DrillError } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';

/** How a program ended. Output is text, at most OUTPUT_BYTES_MAX of each stream (the end of it). */
export interface Finished {
  /** Ready to paste into a shell. */
  command: string;
  /** null when it was killed by a signal, timed out or could not be started. */
  exitCode: number | null;
  /** Why `exitCode` is null: `killed by SIGKILL`, `timed out after 5 s`, `no such program`. */
  problem: string | undefined;
  stdout: string;
  stderr: string;
  durationMs: number;
}

export interface RunOptions {
  timeoutMs: number;
  cwd?: string;
  /** Added to the environment of kubedrill itself, unless `bareEnvironment`. */
  env?: Record<string, string | undefined>;
  bareEnvironment?: boolean;
  input?: string | Uint8Array;
  signal?: AbortSignal | undefined;
  /** Called with each line of standard error, for progress. */
  onErrorLine?: (line: string) => void;
}

export const OUTPUT_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Runs a program to its end; never throws for what the program does.
 * The only place, with daemon.ts, that starts programs.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const child = execa(program, args, {
    reject: false,
    timeout: options.timeoutMs,
    killDescendants: true,
    forceKillAfterDelay: 2000,
    maxBuffer: OUTPUT_BYTES_MAX,
    stripFinalNewline: false,
    extendEnv: !options.bareEnvironment,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  const followed = options.onErrorLine && followErrorLines(child, options.onErrorLine);
  const result = await child;
  // So that no line comes after the end.
  await followed;
  return {
    command: result.escapedCommand,
    exitCode: result.exitCode ?? null,
    problem: problemOf(result, options.timeoutMs),
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    durationMs: result.durationMs,
  };
}

async function followErrorLines(
  child: { iterable: (options: { from: 'stderr' }) => AsyncIterable<unknown> },
  onLine: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of child.iterable({ from: 'stderr' })) onLine(String(line));
  } catch {
    // The program's own ending is reported by its result.
  }
}

interface Ending {
  failed: boolean;
  timedOut: boolean;
  isCanceled: boolean;
  isMaxBuffer: boolean;
  signal?: string | undefined;
  exitCode?: number | undefined;
  code?: string | undefined;
}

function problemOf(ending: Ending, timeoutMs: number): string | undefined {
  if (ending.timedOut) return `timed out after ${timeoutMs / 1000} s`;
  if (ending.isCanceled) return 'stopped';
  if (ending.isMaxBuffer) return `printed more than ${OUTPUT_BYTES_MAX} bytes`;
  if (ending.code === 'ENOENT') return 'no such program';
  if (ending.code === 'EACCES') return 'not executable';
  if (ending.signal) return `killed by ${ending.signal}`;
  if (ending.failed && ending.exitCode === undefined) return ending.code ?? 'could not be started';
  return undefined;
}

/** Like `run`, for a program that has to succeed. @throws DrillError with the command and the end of its output. */
export async function runOrThrow(
  attempted: string,
  program: string,
  args: readonly string[],
  options: RunOptions & { kind?: 'environment' | 'drill'; hint?: string },
): Promise<Finished> {
  const finished = await run(program, args, options);
  if (finished.exitCode === 0 && finished.problem === undefined) return finished;
  throw new DrillError({
    kind: options.kind ?? 'drill',
    attempted,
    happened: `${describeEnding(finished)}: ${redact(finished.command)}`,
    output: lastLines(redact(finished.stderr || finished.stdout), 12),
    hint: options.hint,
  });
}

/** `exit 1 after 0.2 s`, `timed out after 5 s`. */
export function describeEnding(finished: Finished): string {
  return (
    finished.problem ??
    `exit ${finished.exitCode} after ${(finished.durationMs / 1000).toFixed(1)} s`
  );
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
