import { join } from 'node:path';
import type { Cluster } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';

/** Copies every unit's log to `logs/<host>/`: kept also when the data directories are not. */
export async function collectLogs({ directory }: DrillContext, cluster: Cluster): Promise<void> {
  await Promise.all(
    cluster.hosts().map((host) => host.collectLogs(join(directory, 'logs', host.name))),
  );
}
