import { describeEnding } from '../exec/run.ts';
import { DrillError } from '../support/errors.ts';
import type { FrozenHost, PoweredOffHost, RunningHost } from '../targets/host.ts';
import { requireRunning } from '../targets/services.ts';
import type { Cluster } from '../targets/target.ts';

/** What faults do to hosts, with the cluster told about each change of state. */

export function runningHost(cluster: Cluster, name: string): RunningHost {
  return requireRunning(cluster.host(name));
}

export async function switchOff(cluster: Cluster, name: string): Promise<PoweredOffHost> {
  const host = cluster.host(name);
  if (host.state === 'powered-off') return host;
  const off = await (host.state === 'frozen' ? await host.thaw() : host).powerOff();
  cluster.replace(off);
  return off;
}

export async function freezeHost(cluster: Cluster, name: string): Promise<FrozenHost> {
  const frozen = await runningHost(cluster, name).freeze();
  cluster.replace(frozen);
  return frozen;
}

export function dataDirOf(cluster: Cluster, host: string): string {
  const member = cluster.members.find((each) => each.host === host);
  if (!member) throw new Error(`${host} runs no etcd member`);
  return member.dataDir;
}

/** Also while the host is off. @returns whether nothing of the member's data is left. */
export async function wipeDataDir(cluster: Cluster, host: string): Promise<boolean> {
  const wipe = 'rm -rf "$ROOT$DATA_DIR/member"; [ ! -e "$ROOT$DATA_DIR/member" ]';
  return holds(cluster, host, `wipe the data directory of ${host}`, wipe);
}

/** Also while the host is off. */
export async function isWithoutData(cluster: Cluster, host: string): Promise<boolean> {
  const look = '[ ! -e "$ROOT$DATA_DIR/member" ]';
  return holds(cluster, host, `look into the data directory of ${host}`, look);
}

/** What a script on the host's disk says with its exit code. @throws DrillError when it could not run. */
async function holds(
  cluster: Cluster,
  host: string,
  attempted: string,
  script: string,
): Promise<boolean> {
  const env = { DATA_DIR: dataDirOf(cluster, host) };
  const finished = await cluster.host(host).onDisk(script, { timeoutMs: 60_000, env });
  if (finished.problem === undefined) return finished.exitCode === 0;
  throw new DrillError({
    kind: 'environment',
    attempted,
    happened: describeEnding(finished),
    output: finished.stderr,
  });
}

/** First gone, then broken: a daemon that still runs would serve from the files it holds open. */
export async function killEtcd(cluster: Cluster, host: string): Promise<void> {
  await runningHost(cluster, host).shell('systemctl kill etcd; systemctl stop etcd', {
    timeoutMs: 30_000,
  });
}

/** The first of these hosts that can be asked how the network looks from there. */
export function witnessAmong(cluster: Cluster, hosts: readonly string[]): string | undefined {
  return hosts.find((host) => cluster.host(host).state === 'running');
}

export function otherHosts(cluster: Cluster, hosts: readonly string[]): string[] {
  return cluster.hosts().flatMap(({ name }) => (hosts.includes(name) ? [] : [name]));
}

/** `etcd-1 and etcd-2 are off`. */
export function sentence(hosts: readonly string[], one: string, many: string): string {
  const names =
    hosts.length < 2 ? hosts.join() : `${hosts.slice(0, -1).join(', ')} and ${hosts.at(-1)}`;
  return `${names} ${hosts.length === 1 ? one : many}`;
}
