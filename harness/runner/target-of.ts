import type { TargetName } from '../model/scenario.ts';
import { environmentError } from '../support/errors.ts';
import { containerTarget } from '../targets/container/container-target.ts';
import { processTarget } from '../targets/process/process-target.ts';
import type { Target } from '../targets/target.ts';
import type { DrillPlan } from './plan.ts';

const TARGETS: Partial<Record<TargetName, Target>> = {
  process: processTarget,
  container: containerTarget,
};

/** The target of a drill. @throws DrillError (environment) for one that this version does not have. */
export function targetOf({ target, scenario }: DrillPlan): Target {
  const found = TARGETS[target];
  if (found) return found;
  throw environmentError(
    `run ${scenario.name} on target ${target}`,
    `this version of kubedrill has the targets ${Object.keys(TARGETS).join(' and ')}`,
    `kubedrill run ${scenario.name} --target process`,
  );
}
