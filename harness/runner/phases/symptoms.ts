import { type ExpectationVerdict, judgeExpectation } from '../../checks/expectation.ts';
import type { Examined } from '../../checks/index.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { Lookout } from '../lookout.ts';
import { NOTHING_MEASURED } from '../recovery-times.ts';
import { journalChecks } from './verify.ts';

/** A connection over which nothing comes is given up by etcd after five seconds, and more than one may have to be. */
const TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 300;

/**
 * Looks while the fault lasts, where the scenario says what must be found then: a check that names the
 * cause is worth most to whoever has not repaired anything yet.
 * @throws DrillEnd (failed) when something else is found, or not all of it.
 */
export async function symptoms(context: DrillContext, lookout: Lookout): Promise<void> {
  const { symptoms: expected } = context.plan.scenario;
  if (!expected) return;
  const { journal, signal, clock } = context;
  let examined: Examined[] = [];
  let judged: ExpectationVerdict | undefined;
  const description = 'the checks name what is wrong';
  await until(
    description,
    async () => {
      ({ examined } = await lookout.look('impact', NOTHING_MEASURED));
      judged = judgeExpectation(
        examined.map(({ examination }) => examination),
        expected,
      );
      return judged.verdict === 'reproduced' ? done(true) : notYet(judged.reason);
    },
    {
      timeoutMs: TIMEOUT_MS,
      intervalMs: LOOK_AGAIN_MS,
      signal,
      clock,
      onLook: (saw, waitedMs) => journal.waiting(description, saw, waitedMs),
    },
  ).catch((thrown) => {
    if (signal.aborted || judged === undefined) throw thrown;
  });
  journalChecks(context, examined);
  journal.write({
    type: 'expectation',
    round: journal.round,
    findings: expected.findings,
    mayAlso: expected.mayAlso,
    stops: false,
    missing: judged?.missing ?? [],
    unexpected: judged?.outside ?? [],
  });
  if (judged?.verdict === 'failed') {
    throw new DrillEnd('failed', `while the fault lasted ${judged.reason}`);
  }
}
