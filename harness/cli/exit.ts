import { CommanderError } from 'commander';
import { EXIT } from '../model/verdict.ts';
import { DrillError, type ErrorKind } from '../support/errors.ts';

const EXIT_OF_KIND: Record<ErrorKind, number> = {
  usage: EXIT.usage,
  environment: EXIT.environment,
  drill: EXIT.failed,
  interrupted: EXIT.interrupted,
};

/** The exit code of whatever ended the command; help and version are thrown too and end with 0. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof DrillError) return EXIT_OF_KIND[thrown.kind];
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return EXIT.internal;
}

/** Says on standard error what happened and what to do next, and returns the exit code. */
export function endWith(thrown: unknown, writeError: (text: string) => void): number {
  if (thrown instanceof DrillError) {
    writeError(`${thrown.explain()}\n`);
  } else if (!(thrown instanceof CommanderError)) {
    // Commander has written its own message already.
    const story = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    writeError(
      `kubedrill itself failed; nothing is said about your cluster or backup.\n${story}\n` +
        'next: please report this text with the command that led to it; `kubedrill clean` removes what was left\n',
    );
  }
  return exitCodeOf(thrown);
}
