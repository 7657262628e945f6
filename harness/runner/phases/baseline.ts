import { done, notYet, until } from '../../support/until.ts';
import type { Cluster } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { Look } from '../look.ts';
import type { Lookout } from '../lookout.ts';
import { NOTHING_MEASURED } from '../recovery-times.ts';
import { journalChecks, troubles } from './verify.ts';

/** A cluster that has just been filled may need a moment until every cache has caught up. */
const BASELINE_TIMEOUT_MS = 20_000;
/** Where one answer may take long a look does, too, and the first looks are what keeps the machine busy. */
const ANSWERS = 10;

/**
 * All checks once, before anything is broken. With the user's own snapshot what is found is only
 * recorded, and verify fails on what is new.
 * @throws DrillEnd (invalid) when something is wrong already.
 */
export async function baseline(
  context: DrillContext,
  { answerTimeoutMs = 0 }: Pick<Cluster, 'answerTimeoutMs'>,
  lookout: Lookout,
): Promise<void> {
  const { journal, signal } = context;
  const description = 'the baseline holds';
  const look = (before?: Look) => lookout.look('baseline', NOTHING_MEASURED, before);
  let latest = await look();
  await until(
    description,
    async () => {
      const open = troubles(latest.examined);
      if (open.length === 0) return done(true);
      latest = await look(latest);
      return notYet(open.join(', '));
    },
    {
      timeoutMs: Math.max(BASELINE_TIMEOUT_MS, ANSWERS * answerTimeoutMs),
      intervalMs: 500,
      signal,
      onLook: (saw, waitedMs) => journal.waiting(description, saw, waitedMs),
    },
  ).catch((thrown) => {
    if (signal.aborted) throw thrown;
  });
  journalChecks(context, latest.examined);
  lookout.keepAsBaseline(latest);
  const open = troubles(latest.examined);
  if (open.length > 0 && context.plan.snapshot === undefined) {
    throw new DrillEnd('invalid', `the baseline does not hold: ${open.join(', ')}`);
  }
  if (open.length > 0)
    journal.note('warning', `wrong before the fault already: ${open.join(', ')}`);
}
