import { containerTarget } from '../targets/container/container-target.ts';
import { kindTarget } from '../targets/kind/kind-target.ts';
import { processTarget } from '../targets/process/process-target.ts';
import type { Target } from '../targets/target.ts';
import type { DrillPlan } from './plan.ts';

/** The target of a drill. */
export function targetOf({ target, nodeImage, ingress }: DrillPlan): Target {
  if (target === 'kind') return kindTarget({ image: nodeImage, ingress });
  return target === 'container' ? containerTarget : processTarget;
}
