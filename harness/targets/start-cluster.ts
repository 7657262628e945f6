import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askDns } from '../dns/ask.ts';
import { EVERYWHERE } from '../dns/names.ts';
import { describeEnding, lastLines } from '../exec/run.ts';
import { Transport } from '../kube/transport.ts';
import { systemClock } from '../support/clock.ts';
import { DrillError, messageOf } from '../support/errors.ts';
import { redact } from '../support/redaction.ts';
import { done, hopeless, notYet, until } from '../support/until.ts';
import { apiServerAt, etcdOf } from './connections.ts';
import { deathOf, logTail, requireRunning, startService } from './services.ts';
import type {
  Cluster,
  DnsServerAddress,
  MemberAddress,
  ProvisionContext,
  Topology,
} from './target.ts';

const PEER_TIMEOUT_MS = 2000;
const ETCD_TIMEOUT_MS = 60_000;
const RESTORE_TIMEOUT_MS = 600_000;
const API_TIMEOUT_MS = 120_000;
/** Whether a service lives takes a shell on its host: too dear to ask as often as whether it serves. */
const DEATH_INTERVAL_MS = 500;
const DNS_TIMEOUT_MS = 30_000;

/**
 * Starts etcd on every member, and each control plane beside its own.
 * @throws DrillError when one does not come up; every log is in `logs/<host>/` of the drill's folder then.
 */
export async function startCluster(
  cluster: Cluster,
  topology: Topology,
  context: ProvisionContext,
): Promise<void> {
  try {
    await startServices(cluster, topology, context);
  } catch (thrown) {
    await Promise.allSettled(
      cluster.hosts().map((host) => host.collectLogs(join(context.directory, 'logs', host.name))),
    );
    throw thrown;
  }
}

async function startServices(
  cluster: Cluster,
  topology: Topology,
  context: ProvisionContext,
): Promise<void> {
  if (topology.userData) await restoreUserData(cluster, topology.userData.snapshot);
  const members = cluster.members.map(({ host }) => host);
  const controlPlanes = cluster.apiServers.map(({ host }) => host);
  // API servers wait for their etcd by themselves, and get through their own start meanwhile.
  await Promise.all([
    startMembers(cluster, context),
    startEverywhere(cluster, controlPlanes, 'kube-apiserver', context),
  ]);
  await Promise.all(members.map((host) => etcdServes(cluster, host, context)));
  await Promise.all(controlPlanes.map((host) => apiServerServes(cluster, host, context)));
  if (cluster.dnsServers) {
    await startEverywhere(cluster, controlPlanes, 'coredns', context);
    await Promise.all(cluster.dnsServers.map((server) => dnsServes(cluster, server, context)));
  }
  if (!topology.controllers) return;
  await startEverywhere(cluster, controlPlanes, 'kube-controller-manager', context);
  await startEverywhere(cluster, controlPlanes, 'kube-scheduler', context);
}

const USER_SNAPSHOT = 'your-snapshot.db';

/** Gives every member the user's own data, with the identities of this cluster and nothing else changed. */
async function restoreUserData(cluster: Cluster, snapshot: string): Promise<void> {
  await copyFile(snapshot, join(cluster.backupDir, USER_SNAPSHOT));
  const initialCluster = cluster.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  await Promise.all(
    cluster.members.map(async ({ host, name, peerUrl, dataDir }) => {
      const { BACKUP_DIR } = cluster.variablesOf(host);
      const script = `etcdutl snapshot restore "$FILE" --name "$NAME" --initial-cluster "$INITIAL_CLUSTER" \
        --initial-advertise-peer-urls "$PEER_URL" --initial-cluster-token "$TOKEN" --data-dir "$DATA_DIR"`;
      const finished = await requireRunning(cluster.host(host)).shell(script, {
        timeoutMs: RESTORE_TIMEOUT_MS,
        env: {
          FILE: `${BACKUP_DIR}/${USER_SNAPSHOT}`,
          NAME: name,
          INITIAL_CLUSTER: initialCluster,
          PEER_URL: peerUrl,
          TOKEN: cluster.clusterToken,
          DATA_DIR: dataDir,
        },
      });
      if (finished.exitCode === 0) return;
      throw new DrillError({
        kind: 'drill',
        attempted: `restore ${snapshot} on ${host}`,
        happened: describeEnding(finished),
        output: lastLines(redact(finished.stderr), 8),
        hint: `kubedrill verify ${snapshot}`,
      });
    }),
  );
}

/**
 * Before a new member joins in founding a cluster it asks the others, in the order of their peer
 * URLs, whether it is a member already. One that is starting too keeps it waiting for two seconds,
 * one that has not started refuses at once: so the first in that order goes ahead.
 * https://github.com/etcd-io/etcd/blob/v3.6.5/server/etcdserver/cluster_util.go
 */
async function startMembers(cluster: Cluster, context: ProvisionContext): Promise<void> {
  const [first, ...others] = cluster.members.toSorted((a, b) => (a.peerUrl < b.peerUrl ? -1 : 1));
  if (first === undefined) return;
  await startEverywhere(cluster, [first.host], 'etcd', context);
  await answersPeers(cluster, first, context);
  await startEverywhere(
    cluster,
    others.map(({ host }) => host),
    'etcd',
    context,
  );
}

/** Returns after a while all the same: what is wrong with this member is found when it does not serve. */
async function answersPeers(
  cluster: Cluster,
  { host, peerUrl, dialled }: MemberAddress,
  { signal }: ProvisionContext,
): Promise<void> {
  const peer = new Transport(peerUrl, cluster.etcdCredentials, dialled?.peerUrl);
  const look = async () => {
    const answer = await peer.send('GET', '/version', { timeoutMs: PEER_TIMEOUT_MS });
    return done(answer.resume());
  };
  const deadline = { timeoutMs: PEER_TIMEOUT_MS, intervalMs: 10, signal };
  try {
    await until(`etcd on ${host} answers its peers`, look, deadline).catch(() => undefined);
  } finally {
    peer.close();
  }
}

async function startEverywhere(
  cluster: Cluster,
  hosts: readonly string[],
  unit: string,
  context: ProvisionContext,
): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      await startService(requireRunning(cluster.host(host)), unit);
      context.onService(host, unit, 'start');
    }),
  );
}

async function etcdServes(
  cluster: Cluster,
  host: string,
  context: ProvisionContext,
): Promise<void> {
  const member = cluster.members.find((each) => each.host === host);
  if (!member) return;
  const client = etcdOf(cluster, member, 2000);
  try {
    await serves(cluster, host, 'etcd', ETCD_TIMEOUT_MS, context, async () => {
      await client.range('health', { countOnly: true });
    });
  } finally {
    client.close();
  }
}

async function apiServerServes(
  cluster: Cluster,
  host: string,
  context: ProvisionContext,
): Promise<void> {
  const address = cluster.apiServers.find((each) => each.host === host);
  if (!address) return;
  const server = apiServerAt(cluster, address, 3000);
  try {
    await serves(cluster, host, 'kube-apiserver', API_TIMEOUT_MS, context, async () => {
      await server.text('/readyz');
    });
  } finally {
    server.close();
  }
}

async function dnsServes(
  cluster: Cluster,
  server: DnsServerAddress,
  context: ProvisionContext,
): Promise<void> {
  await serves(cluster, server.host, 'coredns', DNS_TIMEOUT_MS, context, async () => {
    await askDns(server, { name: EVERYWHERE, type: 'A' }, 'udp', 1000);
  });
}

/** Waits until `ask` is answered, and no longer than the process lives. */
async function serves(
  cluster: Cluster,
  host: string,
  unit: string,
  timeoutMs: number,
  context: ProvisionContext,
  ask: () => Promise<void>,
): Promise<void> {
  const description = `${unit} serves on ${host}`;
  let askedForDeathMs = systemClock.monotonicMs();
  const look = async () => {
    try {
      await ask();
      return done(true);
    } catch (thrown) {
      const nowMs = systemClock.monotonicMs();
      if (nowMs - askedForDeathMs < DEATH_INTERVAL_MS) return notYet(messageOf(thrown));
      askedForDeathMs = nowMs;
      const death = await deathOf(requireRunning(cluster.host(host)), unit);
      return death ? hopeless(death) : notYet(messageOf(thrown));
    }
  };
  const onLook = (saw: string, waitedMs: number) => context.onWait(description, saw, waitedMs);
  const { signal } = context;
  await until(description, look, { timeoutMs, intervalMs: 25, signal, onLook }).catch(
    async (thrown) => {
      if (signal.aborted || !(thrown instanceof DrillError) || thrown.output !== undefined)
        throw thrown;
      throw new DrillError({
        kind: 'environment',
        attempted: `start ${unit} on ${host}`,
        happened: thrown.message,
        output: await logTail(requireRunning(cluster.host(host)), unit),
        hint: 'a slow disk or a busy machine shows in these lines',
        cause: thrown,
      });
    },
  );
}
