import { BlockFailed, executeRunbook } from '../../runbook/execute.ts';
import { type Attempt, newAttempt } from '../../runbook/variables.ts';
import type { Cluster } from '../../targets/target.ts';
import { type Damage, type DrillContext, executionContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { DrillPlan } from '../plan.ts';
import { journaledRunbook } from './journaled-runbook.ts';

/**
 * Runs the runbook of one recovery entry.
 * @throws DrillEnd (failed) when a block fails that was not expected to, or none does that was.
 */
export async function recover(
  context: DrillContext,
  cluster: Cluster,
  damage: Damage,
  { entry, runbook }: DrillPlan['recovery'][number],
  previous: Attempt | undefined,
): Promise<Attempt> {
  const attempt = newAttempt(context.clock, context.random, previous);
  const execution = executionContext(context, cluster, attempt, damage, entry.variables);
  const stops = entry.expect?.stops ?? false;
  try {
    await journaledRunbook(context, runbook, () => executeRunbook(runbook, execution));
    await cluster.takeBackups?.();
  } catch (thrown) {
    if (!(thrown instanceof BlockFailed)) throw thrown;
    if (stops) return attempt;
    throw new DrillEnd('failed', `the runbook ${runbook.name} stopped: ${thrown.message}`);
  }
  if (stops)
    throw new DrillEnd('failed', `the runbook ${runbook.name} was expected to stop and did not`);
  return attempt;
}
