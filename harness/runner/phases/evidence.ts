import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../targets/target.ts';
import type { DrillContext } from '../drill-context.ts';

/** Copies every unit's log to `logs/<host>/`: kept also when the data directories are not. */
export async function collectLogs({ directory }: DrillContext, cluster: Cluster): Promise<void> {
  for (const host of cluster.hosts()) {
    const from = join(host.files, 'var/log');
    const logs = (await readdir(from).catch(() => [])).filter((file) => file.endsWith('.log'));
    if (logs.length === 0) continue;
    const to = join(directory, 'logs', host.name);
    await mkdir(to, { recursive: true });
    for (const log of logs) await cp(join(from, log), join(to, log));
  }
}
