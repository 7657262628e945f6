import { judgeExpectation } from '../../checks/expectation.ts';
import type { Examined } from '../../checks/index.ts';
import type { RecoveryEntry } from '../../model/scenario.ts';
import type { Attempt } from '../../runbook/variables.ts';
import { DrillError } from '../../support/errors.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import { pauseIfAsked } from '../pause.ts';
import type { RecoveryTimes } from '../recovery-times.ts';
import type { Played, PlayedOut, Ready } from './played.ts';
import { recover } from './recover.ts';
import { settle, verify } from './verify.ts';

/** Recovers, settles and verifies once for each entry of the recovery. @throws DrillEnd at the first that fails. */
export async function playRounds(
  context: DrillContext,
  ready: Ready,
  times: RecoveryTimes,
  played: Played,
): Promise<PlayedOut> {
  const { plan, journal } = context;
  const { cluster, lookout, strikes, chaos } = ready;
  let attempt: Attempt | undefined;
  let reproduced: string | undefined;
  for (const [index, step] of plan.recovery.entries()) {
    journal.round = index + 1;
    const settleMs = step.entry.settleMs ?? plan.scenario.budgets.settleMs;
    await journal.phase('recover', async () => {
      if (index === 0) await strikes.heal();
      if (step.entry.writesBefore > 0) await ready.write(step.entry.writesBefore);
      lookout.saw(await lookout.newestRevision());
      lookout.recoveryStarts();
      attempt = await chaos.beside('recover', () =>
        recover(context, cluster, strikes, step, attempt),
      );
    });
    times.restored((step.entry.expect?.findings.length ?? 0) === 0);
    await pauseIfAsked(context, cluster, 'recover');
    lookout.forgetLeaders();
    const settled = await journal
      .phase('settle', () => chaos.beside('settle', () => settle(context, lookout, settleMs)))
      .catch((thrown) => {
        if (context.signal.aborted || !(thrown instanceof DrillError)) throw thrown;
        return undefined;
      });
    // What has not recovered has no recovery time.
    const rto = settled ? times.settled() : null;
    played.rto = rto;
    // A mistake that is shown on purpose takes as long as it is waited for.
    const isHeld = rto === null && settleMs > 0 && step.entry.expect === undefined;
    const unsettledMs = isHeld ? times.sinceFaultMs() : undefined;
    const outages = times.outages();
    await pauseIfAsked(context, cluster, 'settle');
    // A pause is there for somebody to change things, and so are scripts.
    const mayHaveChanged = plan.scenario.pauseAfter === 'settle' || plan.scenario.chaos.length > 0;
    if (mayHaveChanged) lookout.forgetLeaders();
    const measured = { rto, rpo: played.rpo, unsettledMs, outages };
    const examined = await journal.phase('verify', () =>
      verify(context, lookout, measured, mayHaveChanged ? undefined : settled),
    );
    await pauseIfAsked(context, cluster, 'verify');
    const counted = plan.snapshot === undefined ? examined : lookout.newOnly(examined);
    reproduced = judge(context, step.entry, counted) ?? reproduced;
  }
  if (reproduced !== undefined) return { verdict: 'reproduced', reason: reproduced };
  return {
    verdict: 'passed',
    reason: 'everything that was backed up came back, and what was done after it works',
  };
}

/**
 * @returns what was reproduced, for an entry with an expectation.
 * @throws DrillEnd failed, or inconclusive when a check could not look.
 */
function judge(
  { journal }: DrillContext,
  { expect }: RecoveryEntry,
  examined: readonly Examined[],
): string | undefined {
  if (expect) {
    const examinations = examined.map(({ examination }) => examination);
    const { verdict, reason, missing, outside } = judgeExpectation(examinations, expect);
    journal.write({
      type: 'expectation',
      round: journal.round,
      findings: expect.findings,
      mayAlso: expect.mayAlso,
      stops: expect.stops,
      missing,
      unexpected: outside,
    });
    if (verdict === 'failed') throw new DrillEnd('failed', reason);
    // A round that expects nothing proves a cure, and a cure that could not be looked at is not proven.
    if (expect.findings.length === 0) requireKnown(examined);
    if (expect.findings.length > 0) return reason;
    return expect.stops ? 'the runbook stopped, as expected' : undefined;
  }
  const failed = examined.filter(({ examination }) => examination.verdict === 'fail');
  const [first] = failed;
  if (first) {
    const names = failed.map(({ check }) => check.name).join(', ');
    const message = first.examination.findings[0]?.message ?? first.examination.reason;
    throw new DrillEnd('failed', `${names}: ${message}`);
  }
  requireKnown(examined);
  return undefined;
}

function requireKnown(examined: readonly Examined[]): void {
  const unknown = examined.filter(({ examination }) => examination.verdict === 'unknown');
  const [first] = unknown;
  if (!first) return;
  const names = unknown.map(({ check }) => check.name).join(', ');
  throw new DrillEnd('inconclusive', `could not look: ${names}: ${first.examination.reason}`);
}
