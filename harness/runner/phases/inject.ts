import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import type { Strikes } from '../strikes.ts';

/**
 * Strikes with every fault of the scenario, in its order.
 * @throws DrillEnd (ineffective) when one did not take effect.
 */
export async function inject({ plan, random }: DrillContext, strikes: Strikes): Promise<void> {
  for (const call of plan.scenario.faults) {
    const { took, evidence } = await strikes.strike(call, random);
    if (took === 'effect') continue;
    throw new DrillEnd('ineffective', `fault ${call.fault} did not strike: ${evidence}`);
  }
}
