import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rpo, Rto } from '../model/event.ts';
import type { DrillOutcome } from '../model/exit-code.ts';
import type { Phase } from '../model/phase.ts';
import { CleanupStack } from '../support/cleanup.ts';
import { systemClock } from '../support/clock.ts';
import { DrillError, messageOf } from '../support/errors.ts';
import { seededRandom } from '../support/random.ts';
import type { Cluster, Target } from '../targets/target.ts';
import { requireCapabilities } from './capabilities.ts';
import type { DrillContext } from './drill-context.ts';
import { DrillEnd } from './drill-end.ts';
import { DrillJournal } from './drill-journal.ts';
import type { Journal } from './journal.ts';
import { announce } from './phases/announce.ts';
import { collectLogs } from './phases/evidence.ts';
import { playOut } from './phases/play-out.ts';
import type { Played } from './phases/played.ts';
import { requireRestorable } from './phases/restorable.ts';
import type { DrillPlan } from './plan.ts';
import type { Stopping } from './signals.ts';

/** What drills of one run share. */
export interface RunContext {
  runId: string;
  directory: string;
  journal: Journal;
  stopping: Stopping;
  keep: 'never' | 'failure' | 'always';
  targetOf(plan: DrillPlan): Target;
}

function folderOf(index: number, { scenario }: DrillPlan): string {
  return `${String(index + 1).padStart(2, '0')}-${scenario.name.replace('/', '-')}`;
}

interface Ended {
  outcome: DrillOutcome;
  reason: string;
  rto: Rto | null;
  rpo: Rpo | null;
  error?: { kind: NonNullable<DrillOutcome['failure']>; explanation: string };
}

/** Runs one drill from preflight to teardown; whatever happens, its end is journaled and its hosts are gone. */
export async function runDrill(
  plan: DrillPlan,
  index: number,
  run: RunContext,
): Promise<DrillOutcome> {
  const clock = systemClock;
  const startMs = clock.monotonicMs();
  const journal = new DrillJournal(run.journal, index, clock);
  const timeout = AbortSignal.timeout(plan.scenario.timeoutMs);
  const broken = new AbortController();
  const context: DrillContext = {
    plan,
    runId: run.runId,
    directory: join(run.directory, folderOf(index, plan)),
    journal,
    cleanup: new CleanupStack(clock),
    signal: AbortSignal.any([run.stopping.signal, timeout, broken.signal]),
    broken,
    clock,
    random: seededRandom(plan.seed),
  };
  announce(context);
  const played: Played = { rto: null, rpo: null, cluster: undefined };
  const ended = await play(context, run, timeout, played);
  const kept = await tearDown(context, run, ended, played.cluster);
  journal.write({
    type: 'drill-ended',
    verdict: ended.outcome.verdict,
    reason: ended.reason,
    durationMs: Math.round(clock.monotonicMs() - startMs),
    rto: ended.rto,
    rpo: ended.rpo,
    evidence: kept,
    reproduce: plan.reproduce,
    ...(ended.error === undefined ? {} : { error: ended.error }),
  });
  return ended.outcome;
}

async function play(
  context: DrillContext,
  run: RunContext,
  timeout: AbortSignal,
  played: Played,
): Promise<Ended> {
  const { plan, journal } = context;
  try {
    const target = run.targetOf(plan);
    await journal.phase('preflight', async () => {
      await requireCapabilities(plan, target);
      const problem = await target.unavailable();
      if (problem !== undefined) throw new DrillEnd('skipped', problem);
      const { snapshot } = plan;
      if (snapshot === undefined) return;
      await requireRestorable(context, snapshot.file, 'your snapshot', snapshot.etcdPrefix);
      journal.note('info', isolationOf(plan));
    });
    const { verdict, reason } = await playOut(context, target, played);
    context.broken.signal.throwIfAborted();
    return { outcome: { verdict, failure: null }, reason, rto: played.rto, rpo: played.rpo };
  } catch (thrown) {
    const { aborted, reason } = context.broken.signal;
    const cause = aborted ? reason : thrown; // All else follows from it.
    return { ...endedBy(cause, context, run, timeout), rto: played.rto, rpo: played.rpo };
  } finally {
    const { cluster } = played;
    if (cluster) {
      await journal
        .phase('evidence', () => collectLogs(context, cluster))
        .catch((thrown) => journal.note('warning', `evidence is incomplete: ${messageOf(thrown)}`));
    }
  }
}

/** Said before anything of the user's is started. */
function isolationOf({ scenario }: DrillPlan): string {
  const controllers = scenario.topology.controllers
    ? 'controller-manager and scheduler run'
    : 'controller-manager and scheduler stay off (--run-workloads starts them)';
  return `your data runs in a network of its own without a route out; ${controllers}; no kubelet runs`;
}

const RECOVERY: ReadonlySet<Phase> = new Set(['recover', 'settle', 'verify']);

function endedBy(
  thrown: unknown,
  context: DrillContext,
  run: RunContext,
  timeout: AbortSignal,
): Omit<Ended, 'rto' | 'rpo'> {
  const { received } = run.stopping;
  if (received !== undefined) {
    return {
      outcome: { verdict: 'error', failure: 'interrupted' },
      reason: `stopped by ${received}`,
      error: {
        kind: 'interrupted',
        explanation: `stopped by ${received} in phase ${context.journal.phaseNow}`,
      },
    };
  }
  if (timeout.aborted) {
    const { phaseNow } = context.journal;
    const seconds = context.plan.scenario.timeoutMs / 1000;
    const reason = `not finished within ${seconds} s; it was in phase ${phaseNow} (--timeout gives it longer)`;
    // A recovery that takes too long has failed; before it nothing was tested yet.
    const verdict = RECOVERY.has(phaseNow) ? 'failed' : 'inconclusive';
    return { outcome: { verdict, failure: null }, reason };
  }
  if (thrown instanceof DrillEnd) {
    return { outcome: { verdict: thrown.verdict, failure: null }, reason: thrown.message };
  }
  if (thrown instanceof DrillError) {
    const { kind } = thrown;
    return {
      outcome: { verdict: 'error', failure: kind },
      reason: thrown.message,
      error: { kind, explanation: thrown.explain() },
    };
  }
  const explanation = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return {
    outcome: { verdict: 'error', failure: 'internal' },
    reason: `a bug of kubedrill: ${messageOf(thrown)}`,
    error: { kind: 'internal', explanation },
  };
}

/** Takes everything down and says what it could not. @returns where evidence was kept. */
async function tearDown(
  context: DrillContext,
  run: RunContext,
  ended: Ended,
  cluster: Cluster | undefined,
): Promise<string | null> {
  const { journal, directory } = context;
  const { verdict } = ended.outcome;
  const good = verdict === 'passed' || verdict === 'reproduced' || verdict === 'skipped';
  const keep = run.keep === 'always' || (run.keep === 'failure' && !good);
  await journal
    .phase('teardown', async () => {
      if (keep) await keepData(context, cluster);
      const leftovers = await context.cleanup.unwind();
      for (const { what, why } of leftovers) journal.write({ type: 'left', what, why });
      if (keep) return;
      for (const folder of ['hosts', 'backup', 'tools', 'pki']) {
        await rm(join(directory, folder), { recursive: true, force: true, maxRetries: 3 });
      }
    })
    .catch((thrown) => journal.write({ type: 'left', what: directory, why: messageOf(thrown) }));
  return verdict === 'skipped' ? null : directory;
}

async function keepData({ journal }: DrillContext, cluster: Cluster | undefined): Promise<void> {
  await cluster?.keepData?.().catch((thrown) => {
    journal.note('warning', `data directories are not kept: ${messageOf(thrown)}`);
  });
}
