import { type Population, populate } from '../../populate/populate.ts';
import type { Cluster } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';

/** Writes the objects that the drill starts from; a user's own snapshot brings its own. */
export async function fill(context: DrillContext, cluster: Cluster): Promise<Population> {
  const { scenario, seed, snapshot } = context.plan;
  if (snapshot) return { objectCount: 0, sentinels: [], changeable: [], revision: 0 };
  return populate(cluster, {
    count: scenario.objects.count,
    seed,
    controllers: scenario.topology.controllers,
    signal: context.signal,
    clock: context.clock,
  });
}
