import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
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

/** The data directory of a member as the harness reaches it: also while its host is off. */
export function dataDirFromOutside(cluster: Cluster, host: string): string {
  const member = cluster.members.find((each) => each.host === host);
  if (!member) throw new Error(`${host} runs no etcd member`);
  const { files } = cluster.host(host);
  // Where hosts have no root of their own the directory's path already leads into the host's files.
  const inside = member.dataDir.startsWith(files)
    ? relative(files, member.dataDir)
    : member.dataDir;
  return join(files, inside);
}

export async function wipeDataDir(cluster: Cluster, host: string): Promise<void> {
  await rm(join(dataDirFromOutside(cluster, host), 'member'), { recursive: true, force: true });
}

/** First gone, then broken: a daemon that still runs would serve from the files it holds open. */
export async function killEtcd(cluster: Cluster, host: string): Promise<void> {
  await runningHost(cluster, host).shell('systemctl kill etcd; systemctl stop etcd', {
    timeoutMs: 30_000,
  });
}

/** Any other host: one to ask how the struck one looks from there. */
export function anotherHost(cluster: Cluster, host: string): string {
  const other = cluster.hosts().find(({ name }) => name !== host);
  if (!other) throw new Error(`${host} is the only host of this drill`);
  return other.name;
}

/** `etcd-1 and etcd-2 are off`. */
export function sentence(hosts: readonly string[], one: string, many: string): string {
  const names =
    hosts.length < 2 ? hosts.join() : `${hosts.slice(0, -1).join(', ')} and ${hosts.at(-1)}`;
  return `${names} ${hosts.length === 1 ? one : many}`;
}
