/** Which of the documented exit codes an error leads to. */
export type ErrorKind =
  /** The user's input: usage, scenario, runbook, file. Exit 2. */
  | 'usage'
  /** The machine: a missing tool, a port, disk space, a daemon. Exit 3. */
  | 'environment'
  /** The drill itself went wrong: a runbook block failed, a deadline passed. Exit 1. */
  | 'drill'
  /** Stopped by Ctrl-C or SIGTERM. */
  | 'interrupted';

export interface DrillErrorParts {
  kind: ErrorKind;
  /** What kubedrill was doing, as a clause: `start etcd on etcd-2`. */
  attempted: string;
  /** What came of it: `exited with code 1 after 0.2 s`. */
  happened: string;
  /** What to do next; the command ready to paste where there is one. */
  hint?: string | undefined;
  /** The last lines of a log or of an output that explain it. */
  output?: string | undefined;
  cause?: unknown;
}

/** An error that a person at 3 a.m. can act on. Anything else that is thrown is a bug of kubedrill (exit 5). */
export class DrillError extends Error {
  readonly kind: ErrorKind;
  readonly attempted: string;
  readonly happened: string;
  readonly hint: string | undefined;
  readonly output: string | undefined;

  constructor(parts: DrillErrorParts) {
    super(`${parts.attempted}: ${parts.happened}`, { cause: parts.cause });
    this.name = 'DrillError';
    this.kind = parts.kind;
    this.attempted = parts.attempted;
    this.happened = parts.happened;
    this.hint = parts.hint;
    this.output = parts.output;
  }

  /** The whole story for a terminal: sentence, output indented, next step. */
  explain(): string {
    const lines = [`could not ${this.attempted}: ${this.happened}`];
    if (this.output?.trim()) {
      lines.push(
        ...this.output
          .trimEnd()
          .split('\n')
          .map((line) => `  | ${line}`),
      );
    }
    if (this.hint) lines.push(`next: ${this.hint}`);
    return lines.join('\n');
  }
}

export function usageError(attempted: string, happened: string, hint?: string): DrillError {
  return new DrillError({ kind: 'usage', attempted, happened, hint });
}

export function environmentError(attempted: string, happened: string, hint?: string): DrillError {
  return new DrillError({ kind: 'environment', attempted, happened, hint });
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return withoutAdvice(thrown instanceof Error ? thrown.message : String(thrown));
}

/** Node recommends an option of its own, for which it is not its user who asks. */
export function withoutAdvice(message: string): string {
  return message.replace(
    /; if the root CA is installed locally, try running Node\.js with [\w-]+/,
    '',
  );
}
