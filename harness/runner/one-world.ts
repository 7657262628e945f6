import { usageError } from '../support/errors.ts';
import type { DrillPlan } from './plan.ts';

/**
 * Hosts as processes live in namespaces from which no container can be reached.
 * @throws DrillError (usage) when some drills of a run need these and others need containers.
 */
export function requireOneWorld(drills: readonly DrillPlan[]): void {
  const inside = drills.find(({ target }) => target === 'process');
  const outside = drills.find(({ target }) => target !== 'process');
  if (!inside || !outside) return;
  throw usageError(
    `run ${inside.scenario.name} and ${outside.scenario.name} together`,
    `one runs on target ${inside.target}, the other on ${outside.target}`,
    `run them one after the other, or all on one: --target ${outside.target}`,
  );
}
