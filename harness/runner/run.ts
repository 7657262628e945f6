import type { ReporterFanOut } from '../../reports/reporter.ts';
import { type DrillOutcome, resultOf } from '../model/exit-code.ts';
import { EXIT } from '../model/verdict.ts';
import { systemClock } from '../support/clock.ts';
import { runDrill } from './drill.ts';
import type { Journal } from './journal.ts';
import type { RunPlan } from './plan.ts';
import { listenForSignals } from './signals.ts';
import { targetOf } from './target-of.ts';

/** Runs every drill of a plan, one after the other, and tells the reporters. @returns the exit code. */
export async function runPlan(
  plan: RunPlan,
  journal: Journal,
  reporters: ReporterFanOut,
): Promise<number> {
  const startMs = systemClock.monotonicMs();
  let current = 0;
  using stopping = listenForSignals(
    (signal) => journal.write({ type: 'interrupted', drill: current, signal }),
    () =>
      process.stderr.write(
        `\nended at once; to remove what was left: kubedrill clean ${plan.runId}\n`,
      ),
  );
  journal.subscribe(reporters.onEvent);
  const { runId, directory, seed, argv } = plan;
  journal.write({ type: 'run-started', runId, schemaVersion: 1, seed, argv, directory });
  const outcomes: DrillOutcome[] = [];
  for (const [index, drill] of plan.drills.entries()) {
    if (stopping.signal.aborted) break;
    current = index;
    const run = { runId, directory, journal, stopping, keep: plan.keep, targetOf };
    outcomes.push(await runDrill(drill, index, run));
  }
  const { verdict, exitCode } = resultOf(outcomes, stopping.received ?? null);
  const durationMs = Math.round(systemClock.monotonicMs() - startMs);
  journal.write({ type: 'run-ended', verdict, exitCode, durationMs });
  const record = await reporters.end();
  for (const { reporter, message } of record.reporterProblems ?? []) {
    process.stderr.write(`report "${reporter}" could not be made: ${message}\n`);
  }
  return record.exitCode ?? EXIT.internal;
}
