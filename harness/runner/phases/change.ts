import type { Runbook } from '../../model/runbook.ts';
import { executeRunbook } from '../../runbook/execute.ts';
import { newAttempt } from '../../runbook/variables.ts';
import type { Cluster } from '../../targets/target.ts';
import { type DrillContext, executionContext, NO_DAMAGE } from '../drill-context.ts';
import { journaledRunbook } from './journaled-runbook.ts';

/**
 * Plays runbooks that are no part of the recovery: they make the cluster that the drill is about.
 * @throws BlockFailed when one stops: then there is no such cluster.
 */
export async function change(
  context: DrillContext,
  cluster: Cluster,
  runbooks: readonly Runbook[],
): Promise<void> {
  for (const runbook of runbooks) {
    const attempt = newAttempt(context.clock, context.random);
    const execution = executionContext(context, cluster, attempt, NO_DAMAGE, {});
    await journaledRunbook(context, runbook, () => executeRunbook(runbook, execution));
  }
}
