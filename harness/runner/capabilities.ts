import { faultByName } from '../faults/index.ts';
import type { Capability, Target } from '../targets/target.ts';
import { DrillEnd } from './drill-end.ts';
import type { DrillPlan } from './plan.ts';

/** What the target must be able to do for this drill, and for the sake of what. */
function needsOf(plan: DrillPlan): { capability: Capability; reason: string }[] {
  const { faults, topology } = plan.scenario;
  return [
    ...faults.flatMap(({ fault }) =>
      (faultByName(fault)?.needs ?? []).map((capability) => ({
        capability,
        reason: `fault ${fault}`,
      })),
    ),
    ...(topology.workers > 0 ? [{ capability: 'workers', reason: 'the topology' } as const] : []),
  ];
}

/**
 * Refuses a drill that the target cannot do, before anything is started.
 * @throws DrillEnd (skipped) with what is missing.
 */
export async function requireCapabilities(plan: DrillPlan, target: Target): Promise<void> {
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
  const missing: string[] = [];
  for (const { capability, reason } of needsOf(plan)) {
    const why = target.capabilities.has(capability)
      ? await target.lacks(capability, plan.toolchain)
      : '';
    if (why === undefined) continue;
    missing.push(`${reason} needs ${capability}${why === '' ? '' : ` (${why})`}`);
  }
  if (missing.length === 0) return;
  throw new DrillEnd('skipped', `target ${plan.target} cannot do it here: ${missing.join('; ')}`);
}
