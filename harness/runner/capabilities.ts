import { faultByName } from '../faults/index.ts';
import type { Capability, Target } from '../targets/target.ts';
import { DrillEnd } from './drill-end.ts';
import type { DrillPlan } from './plan.ts';

/** What the target must be able to do for this drill, and for the sake of what. */
function needsOf(plan: DrillPlan): { capability: Capability; reason: string }[] {
  return plan.scenario.faults.flatMap(({ fault }) =>
    (faultByName(fault)?.needs ?? []).map((capability) => ({
      capability,
      reason: `fault ${fault}`,
    })),
  );
}

/**
 * Refuses a drill that the target cannot do, before anything is started.
 * @throws DrillEnd (skipped) with what is missing.
 */
export function requireCapabilities(plan: DrillPlan, target: Target): void {
  if (!plan.scenario.targets.includes(plan.target)) {
    throw new DrillEnd(
      'skipped',
      `${plan.scenario.name} is not made for target ${plan.target} (it names ${plan.scenario.targets.join(', ')})`,
    );
  }
  const { needsApiServers, controlPlanes } = plan.scenario.topology;
  if (needsApiServers && controlPlanes === 0) {
    throw new DrillEnd('skipped', `${plan.scenario.name} shows nothing without kube-apiserver`);
  }
  const missing = needsOf(plan).filter(({ capability }) => !target.capabilities.has(capability));
  if (missing.length === 0) return;
  const why = missing.map(({ capability, reason }) => `${reason} needs ${capability}`).join('; ');
  throw new DrillEnd('skipped', `target ${plan.target} cannot do it here: ${why}`);
}
