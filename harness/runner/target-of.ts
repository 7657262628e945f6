import { environmentError } from '../support/errors.ts';
import { processTarget } from '../targets/process/process-target.ts';
import type { Target } from '../targets/target.ts';
import type { DrillPlan } from './plan.ts';

/** The target of a drill. @throws DrillError (environment) for one that this version does not have. */
export function targetOf({ target, scenario }: DrillPlan): Target {
  if (target === 'process') return processTarget;
  throw environmentError(
    `run ${scenario.name} on target ${target}`,
    'this version of kubedrill has the target process only',
    `kubedrill run ${scenario.name} --target process`,
  );
}
