import { budgets } from '../../checks/budgets.ts';
import { type Examined, mayHeal } from '../../checks/index.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { DrillContext } from '../drill-context.ts';
import type { Look } from '../look.ts';
import type { Lookout } from '../lookout.ts';
import { type Measured, NOTHING_MEASURED } from '../recovery-times.ts';

const LOOK_AGAIN_MS = 500;

/**
 * Waits until every check that may still heal has healed, within the scenario's budget: a stale
 * cache or a stalled watch is called so only after as long as a good restore may need.
 * @param timeoutMs how long that is; with 0 nothing is waited for.
 * Budgets do not count here: what took too long has settled all the same, and has a recovery time.
 * @returns the last look when nothing was wrong at it: only then is there a recovery time.
 * @throws DrillError (drill) when something that may heal has not; verify says what is wrong.
 */
export async function settle(
  context: DrillContext,
  lookout: Lookout,
  timeoutMs: number,
): Promise<Look | undefined> {
  if (timeoutMs === 0) return undefined;
  const { journal, signal } = context;
  const description = 'everything that may heal by itself has healed';
  let latest: Look | undefined;
  return until(
    description,
    async () => {
      latest = await lookout.look('verify', NOTHING_MEASURED, latest);
      const counted = countedOf(latest.examined, context, lookout);
      const healing = counted.filter(isHealing);
      if (healing.length === 0) return done(troubles(counted).length === 0 ? latest : undefined);
      return notYet(troubles(healing).join(', '));
    },
    {
      timeoutMs,
      intervalMs: LOOK_AGAIN_MS,
      signal,
      onLook: (saw, waitedMs) => journal.waiting(description, saw, waitedMs),
    },
  );
}

/** What says something of health, and is new since the fault where a user's own data was not well before it. */
function countedOf(
  examined: readonly Examined[],
  { plan }: DrillContext,
  lookout: Lookout,
): readonly Examined[] {
  const ofHealth = examined.filter(({ check }) => check !== budgets);
  return plan.snapshot ? lookout.newOnly(ofHealth) : ofHealth;
}

/** A check that could not look may be able to soon; of a failed one, all that may heal is waited for, so that only what stays is told. */
function isHealing({ examination }: Examined): boolean {
  if (examination.verdict === 'unknown') return true;
  return examination.verdict === 'fail' && examination.findings.some(({ code }) => mayHeal(code));
}

const LOOKS_MAX = 3;

/**
 * All checks on fresh observations, those of a moment ago included. Where everything had healed already, what has not at
 * one look is looked at again: on a busy machine an answer is late now and then, and an object that changes between two
 * questions is shown in two states. What is really wrong is so a moment later, too.
 * @param settled the look of a moment ago at which nothing was wrong: nobody has to ask again but what it had not asked.
 */
export async function verify(
  context: DrillContext,
  lookout: Lookout,
  measured: Measured,
  settled: Look | undefined,
): Promise<Examined[]> {
  let examined = settled
    ? await lookout.complete(settled, measured)
    : (await lookout.look('verify', measured)).examined;
  for (let looks = 1; looks < LOOKS_MAX && measured.rto !== null; looks += 1) {
    const counted = countedOf(examined, context, lookout);
    if (!counted.some(isHealing) || context.signal.aborted) break;
    context.journal.note('warning', `looked at again: ${troubles(counted).join(', ')}`);
    ({ examined } = await lookout.look('verify', measured));
  }
  journalChecks(context, examined);
  return examined;
}

export function journalChecks({ journal }: DrillContext, examined: readonly Examined[]): void {
  for (const { check, examination } of examined) {
    journal.write({
      type: 'check',
      phase: journal.phaseNow,
      round: journal.round,
      check: check.name,
      title: check.title,
      durationMs: 0,
      ...examination,
    });
  }
}

/** What is not as it should be, each in a few words. */
export function troubles(examined: readonly Examined[]): string[] {
  return examined.flatMap(({ check, examination }) => {
    if (examination.verdict === 'fail') {
      return [
        `${check.name} (${[...new Set(examination.findings.map(({ code }) => code))].join(', ')})`,
      ];
    }
    return examination.verdict === 'unknown' ? [`${check.name} (${examination.reason})`] : [];
  });
}
