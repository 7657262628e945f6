import type { RUNBOOK_VARIABLES } from '../model/runbook.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import type { Cluster, MemberAddress } from '../targets/target.ts';
import { byName, type Cast } from './roles.ts';

type Variable = (typeof RUNBOOK_VARIABLES)[number];

/** What is the same on every host for one recovery, and new for the next one. */
export interface Attempt {
  /** Added to every revision by a restore: seconds since 1970 × 1000. */
  revisionBump: number;
  /** A cluster token that no cluster ever had. */
  clusterToken: string;
}

/**
 * The bump goes by the clock, so that it is larger than at any attempt before, also in another
 * drill;
 * within one second it goes on from `previous`. Taken once, because members with different bumps
 * diverge.
 */
export function newAttempt(clock: Clock, random: Random, previous?: Attempt): Attempt {
  const seconds = Math.floor(clock.nowMs() / 1000);
  const revisionBump = Math.max(seconds * 1000, (previous?.revisionBump ?? 0) + 1000);
  const suffix = random.below(0x1_0000_0000).toString(16).padStart(8, '0');
  return { revisionBump, clusterToken: `restored-${revisionBump}-${suffix}` };
}

/** What a runbook is told that neither target nor attempt knows. */
export interface Situation {
  /** File name in BACKUP_DIR: to write for a backup, to read for a restore. */
  snapshotName: string;
  lost: readonly string[];
  /** Member ID in hexadecimal by host, as the cluster knew them before the fault. */
  memberIds: Readonly<Record<string, string>>;
  kubernetesVersion?: string | undefined;
}

/** Who plays which role in this cluster now. */
export function castOf(cluster: Cluster, lost: readonly string[]): Cast {
  const controlPlanes = cluster.apiServers.map((each) => each.host);
  const members = cluster.members.map((each) => each.host);
  const hosts = cluster.hosts().map((host) => host.name);
  return {
    hosts: [...hosts, cluster.operator.name],
    members,
    controlPlanes,
    workers: hosts.filter((host) => ![...members, ...controlPlanes].includes(host)),
    lost,
    operator: cluster.operator.name,
  };
}

/**
 * The variables of one host; scenarios/runbooks/README.md has their table. One that does not apply
 * is absent
 * (LOST_NAME when nobody is lost).
 * @param overrides a scenario's or the user's own; they come last.
 */
export function variablesFor(
  cluster: Cluster,
  host: string,
  attempt: Attempt,
  situation: Situation,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  const targets = cluster.variablesOf(host);
  const backupDir = targets.BACKUP_DIR ?? cluster.backupDir;
  const members = byName(cluster.members.map((each) => each.host))
    .map((name) => cluster.members.find((each) => each.host === name))
    .filter((each) => each !== undefined);
  const own = members.find((each) => each.host === host);
  const survivors = members.filter((each) => !situation.lost.includes(each.host));
  const ours: Partial<Record<Variable, string | undefined>> = {
    SNAPSHOT: `${backupDir}/${situation.snapshotName}`,
    BACKUP_DIR: backupDir,
    HOST_NAME: host,
    HOST_IP: cluster.hosts().find((each) => each.name === host)?.address,
    ETCD_NAME: own?.name,
    ETCD_DATA_DIR: own?.dataDir,
    ETCD_PEER_URL: own?.peerUrl,
    ETCD_CLIENT_URL: own?.clientUrl,
    ETCD_INITIAL_CLUSTER: members.map((each) => `${each.name}=${each.peerUrl}`).join(','),
    MEMBERS: members.map((each) => each.name).join(' '),
    SURVIVOR_ENDPOINTS: survivors.map((each) => each.clientUrl).join(','),
    ETCDCTL_ENDPOINTS: own?.clientUrl ?? members.map((each) => each.clientUrl).join(','),
    OLD_CLUSTER_TOKEN: cluster.clusterToken,
    NEW_CLUSTER_TOKEN: attempt.clusterToken,
    REVISION_BUMP: String(attempt.revisionBump),
    ...lostVariables(members, host, situation),
    CONTROL_PLANE_ENDPOINT: controlPlaneEndpoint(cluster),
    KUBERNETES_VERSION: situation.kubernetesVersion,
  };
  const given = Object.entries(ours).filter((entry): entry is [string, string] => !!entry[1]);
  return { ...Object.fromEntries(given), ...targets, ...overrides };
}

/** A lost host is told about itself, every other host about the first lost one. */
function lostVariables(
  members: readonly MemberAddress[],
  host: string,
  { lost, memberIds }: Situation,
): Partial<Record<Variable, string | undefined>> {
  const [first] = byName(lost);
  const name = lost.includes(host) ? host : first;
  const member = members.find((each) => each.host === name);
  if (name === undefined || member === undefined) return {};
  return {
    LOST_NAME: member.name,
    LOST_IP: new URL(member.peerUrl).hostname,
    LOST_PEER_URL: member.peerUrl,
    LOST_MEMBER_ID: memberIds[name],
  };
}

function controlPlaneEndpoint(cluster: Cluster): string | undefined {
  const [first] = cluster.apiServers;
  return first === undefined ? undefined : new URL(first.url).host;
}
