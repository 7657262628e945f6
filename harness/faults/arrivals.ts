import { describeEnding } from '../exec/run.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { DrillError } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import type { Cluster } from '../targets/target.ts';
import { runningHost } from './host-state.ts';

/** A port that nothing listens on: a datagram to it is counted by the kernel that it arrives at. */
const SEND = `for number in $(seq "$COUNT"); do echo x > "/dev/udp/$ADDRESS/9" || true; done 2>/dev/null`;
/** Twice as long as anything waits for a hardware address. */
const PROOF_TIMEOUT_MS = 6000;
const ARRIVED = `awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp`;

/**
 * How many of `count` datagrams that one host sends arrive at the other. Needs nothing on the hosts
 * but bash, and tells the two directions of a link apart, which a connection cannot.
 */
export async function arrivals(
  cluster: Cluster,
  from: string,
  to: string,
  count = 3,
): Promise<number> {
  const before = await arrivedAt(cluster, to);
  const { address } = cluster.host(to);
  await shell(cluster, from, SEND, { ADDRESS: address, COUNT: String(count) });
  const after = await arrivedAt(cluster, to);
  return Math.min(count, after - before);
}

/**
 * The proof of a cut. What was sent before it may wait some three seconds in the kernel for a hardware address
 * and still arrive, so that one look would take a sound cut for a leak: of several, that at which least arrived.
 */
export async function fewestArrivals(
  cluster: Cluster,
  from: string,
  to: string,
  clock: Clock = systemClock,
): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  const look = async () => {
    fewest = Math.min(fewest, await arrivals(cluster, from, to));
    return fewest === 0 ? done(fewest) : notYet(`${fewest} arrive`);
  };
  const deadline = { timeoutMs: PROOF_TIMEOUT_MS, intervalMs: 500, clock };
  return until(`nothing of ${from} arrives at ${to}`, look, deadline).catch((thrown: unknown) => {
    if (Number.isFinite(fewest)) return fewest;
    throw thrown;
  });
}

async function arrivedAt(cluster: Cluster, host: string): Promise<number> {
  return Number(await shell(cluster, host, ARRIVED));
}

/** How long it takes one host to reach the other and hear of it, in milliseconds. */
export async function roundTripMs(cluster: Cluster, from: string, to: string): Promise<number> {
  const connect = `start=$(date +%s%N); (exec 3<>"/dev/tcp/$ADDRESS/9") 2>/dev/null || true; echo $((($(date +%s%N) - start) / 1000000))`;
  return Number(await shell(cluster, from, connect, { ADDRESS: cluster.host(to).address }));
}

async function shell(
  cluster: Cluster,
  host: string,
  script: string,
  env: Record<string, string> = {},
): Promise<string> {
  const finished = await runningHost(cluster, host).shell(script, { timeoutMs: 20_000, env });
  if (finished.exitCode === 0) return finished.stdout.trim();
  throw new DrillError({
    kind: 'environment',
    attempted: `see what arrives at ${host}`,
    happened: describeEnding(finished),
    output: finished.stderr,
  });
}
