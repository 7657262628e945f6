import { describeEnding } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import { startService } from '../targets/services.ts';
import type { Cluster } from '../targets/target.ts';
import { killEtcd, runningHost } from './host-state.ts';

/** Shell that changes `$DATA_DIR` to `$WANTED`, and shell that prints how it is. */
interface Change {
  change: string;
  look: string;
  wanted: string;
}

/**
 * Changes the data directory of members while etcd is down, then starts etcd on it: a daemon that
 * runs would not notice.
 * @returns what the last of the directories was like before and after; the same when nothing changed.
 */
export async function changeDataDir(
  cluster: Cluster,
  hosts: readonly string[],
  { change, look, wanted }: Change,
): Promise<[before: string, after: string]> {
  let seen: [string, string] = ['', ''];
  for (const name of hosts) {
    await killEtcd(cluster, name);
    const host = runningHost(cluster, name);
    const member = cluster.members.find((each) => each.host === name);
    const env = { DATA_DIR: member?.dataDir ?? '', WANTED: wanted };
    const finished = await host.shell(`${look}\n${change}\n${look}`, { timeoutMs: 30_000, env });
    if (finished.exitCode !== 0) {
      throw new DrillError({
        kind: 'environment',
        attempted: `change the data directory of ${name}`,
        happened: describeEnding(finished),
        output: finished.stderr,
      });
    }
    const [before = '', after = ''] = finished.stdout.trim().split('\n');
    seen = [before, after];
    await startService(host, 'etcd');
  }
  return seen;
}
