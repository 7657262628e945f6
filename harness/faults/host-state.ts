import { describeEnding } from '../exec/run.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { DrillError } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import type { FrozenHost, PoweredOffHost, RunningHost } from '../targets/host.ts';
import { requireRunning } from '../targets/services.ts';
import type { Cluster } from '../targets/target.ts';

/** For what has been stopped already. */
const ENDING_TIMEOUT_MS = 10_000;

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

/** Also a process that its unit knows nothing of; a host without a root of its own would see those of others. */
const ETCD_HAS_ENDED = `
case "$(systemctl is-active etcd || true)" in
  active | activating | deactivating) echo 'its unit is active'; exit 1 ;;
esac
[ -n "\${HOST_ROOT:-}" ] || ! pidof etcd
`;

/** What has ended by itself cannot be killed, and a static pod's process is not its unit's. */
const KILL_ETCD = `
systemctl kill etcd || true
[ -n "\${HOST_ROOT:-}" ] || pkill -KILL -x etcd || true
systemctl stop etcd
`;

/**
 * First gone, then broken: a daemon that still runs would serve from the files it holds open.
 * @throws DrillError when etcd on the host does not end.
 */
export async function killEtcd(
  cluster: Cluster,
  host: string,
  clock: Clock = systemClock,
): Promise<void> {
  const running = runningHost(cluster, host);
  await running.shell(KILL_ETCD, { timeoutMs: 60_000 }); // A static pod may take half a minute.
  await etcdEnds(running, clock);
}

/** systemd calls a unit stopped also when what should stop it has failed. @throws DrillError when etcd goes on. */
export async function etcdEnds(host: RunningHost, clock: Clock = systemClock): Promise<void> {
  await until(
    `etcd on ${host.name} has ended`,
    async () => {
      const { exitCode, problem, stdout } = await host.shell(ETCD_HAS_ENDED, {
        timeoutMs: 10_000,
      });
      if (exitCode === 0) return done(undefined);
      return notYet(problem ?? `etcd still runs: ${stdout.trim()}`);
    },
    {
      timeoutMs: ENDING_TIMEOUT_MS,
      intervalMs: 100,
      clock,
      hint: `see what keeps etcd running on ${host.name}: systemctl status etcd; pgrep -a etcd`,
    },
  );
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
