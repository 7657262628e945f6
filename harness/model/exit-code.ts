import type { FailureKind } from './event.ts';
import { type DrillVerdict, EXIT } from './verdict.ts';

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How one drill ended; `failure` says whose fault an `error` is. */
export interface DrillOutcome {
  verdict: DrillVerdict;
  failure: FailureKind | null;
}

const BY_VERDICT: Record<Exclude<DrillVerdict, 'error'>, ExitCode> = {
  passed: EXIT.ok,
  reproduced: EXIT.ok,
  failed: EXIT.failed,
  invalid: EXIT.inconclusive,
  ineffective: EXIT.inconclusive,
  inconclusive: EXIT.inconclusive,
  skipped: EXIT.environment,
};

const BY_FAILURE: Record<FailureKind, ExitCode> = {
  usage: EXIT.usage,
  environment: EXIT.environment,
  drill: EXIT.failed,
  interrupted: EXIT.inconclusive,
  internal: EXIT.internal,
};

/** Of several results the first of these counts. */
const ORDER: readonly ExitCode[] = [
  EXIT.internal,
  EXIT.failed,
  EXIT.usage,
  EXIT.environment,
  EXIT.inconclusive,
  EXIT.ok,
];

/** @returns the exit code that one drill alone would lead to. */
export function exitCodeOfDrill({ verdict, failure }: DrillOutcome): ExitCode {
  return verdict === 'error' ? BY_FAILURE[failure ?? 'internal'] : BY_VERDICT[verdict];
}

export interface RunResult {
  verdict: DrillVerdict;
  exitCode: ExitCode;
}

/**
 * The result of a run: that of the drill that weighs most. A skipped drill counts only when every
 * drill was skipped; a signal outweighs every result. A run without drills proved nothing.
 */
export function resultOf(
  outcomes: readonly DrillOutcome[],
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | null = null,
): RunResult {
  const ran = outcomes.filter(({ verdict }) => verdict !== 'skipped');
  const heaviest = (ran.length > 0 ? ran : outcomes)
    .map((outcome) => ({ verdict: outcome.verdict, exitCode: exitCodeOfDrill(outcome) }))
    .reduce<RunResult | null>(
      (chosen, next) =>
        chosen === null || ORDER.indexOf(next.exitCode) < ORDER.indexOf(chosen.exitCode)
          ? next
          : chosen,
      null,
    );
  const verdict = heaviest?.verdict ?? 'inconclusive';
  if (signal !== null) {
    return { verdict, exitCode: signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated };
  }
  return { verdict, exitCode: heaviest?.exitCode ?? EXIT.inconclusive };
}
