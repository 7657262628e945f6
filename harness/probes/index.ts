import type { ObjectRef } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import type { Followed } from '../model/scenario.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';
import { type Connections, connect, type ReachableCluster } from '../targets/connections.ts';
import type { Host, RunningHost } from '../targets/host.ts';
import { addressView } from './address-view.ts';
import { alarms } from './alarms.ts';
import { apiGet } from './api-get.ts';
import { apiList } from './api-list.ts';
import { apiPods } from './api-pods.ts';
import { bootstrapToken } from './bootstrap-token.ts';
import { certificates } from './certificates.ts';
import { clientToken, type KeptToken } from './client-token.ts';
import { customResource } from './custom-resource.ts';
import { dnsNames } from './dns-names.ts';
import { etcdObjects } from './etcd-objects.ts';
import type { FollowedLeases } from './followed-leases.ts';
import { freshObject } from './fresh-object.ts';
import { ingress } from './ingress.ts';
import { kubeletPods } from './kubelet-pods.ts';
import { leaderLease } from './leader-lease.ts';
import { memberList } from './member-list.ts';
import { memberLog } from './member-log.ts';
import { memberStatus } from './member-status.ts';
import { newWorkload } from './new-workload.ts';
import { nodeContainers } from './node-containers.ts';
import { nodes } from './nodes.ts';
import { peerLinks } from './peer-links.ts';
import { podAdmission } from './pod-admission.ts';
import { podAnswers } from './pod-answers.ts';
import { podWebhook } from './pod-webhook.ts';
import { type Looking, type Probe, unavailable } from './probe.ts';
import { revisionHash } from './revision-hash.ts';
import { serviceAddresses } from './service-addresses.ts';
import { serviceRules } from './service-rules.ts';
import { services } from './services.ts';
import { SharedObjects } from './shared-objects.ts';
import { staticPods } from './static-pods.ts';
import { watchClient } from './watch-client.ts';
import type { WatchingClient } from './watching-client.ts';
import { writeCanary } from './write-canary.ts';

export { type KeptToken, requestToken } from './client-token.ts';
export { FollowedLeases } from './followed-leases.ts';
export type { ObservableKind } from './probe.ts';
export { SharedObjects } from './shared-objects.ts';
export { WatchingClient } from './watching-client.ts';

export const probes: readonly Probe[] = [
  memberStatus,
  memberList,
  peerLinks,
  memberLog,
  addressView,
  revisionHash,
  alarms,
  writeCanary,
  etcdObjects,
  apiList,
  customResource,
  watchClient,
  freshObject,
  podWebhook,
  podAdmission,
  newWorkload,
  clientToken,
  bootstrapToken,
  serviceAddresses,
  leaderLease,
  apiGet,
  dnsNames,
  ingress,
  nodes,
  apiPods,
  kubeletPods,
  nodeContainers,
  podAnswers,
  services,
  serviceRules,
  staticPods,
  certificates,
];

export interface ProbeContext {
  /** Made before the backup and after it; GET asks for them by name. */
  sentinels: readonly ObjectRef[];
  watchingClients?: readonly WatchingClient[];
  leases?: FollowedLeases | undefined;
  /** Whether controller-manager and scheduler run. */
  controllers?: boolean;
  /** What only some drills look at. */
  follows?: readonly Followed[];
  tokens?: readonly KeptToken[];
  /** Only these kinds; all that apply otherwise. */
  only?: ReadonlySet<Observation['kind']>;
  except?: ReadonlySet<Observation['kind']>;
  /** The same one for all calls of a drill saves memory. */
  objects?: SharedObjects;
  etcdPrefix?: string;
  /** Costs a shell on every host; otherwise only where something hints at a broken network. */
  dialPeers?: boolean;
  clock?: Clock;
  signal?: AbortSignal | undefined;
}

/** Deadline of each call; a host that does not answer the first one within it is not asked again. */
const CALL_TIMEOUT_MS = 2000;

/**
 * Runs every probe that applies: all at once, then those that look closer at what the first saw; whoever waits goes on beside these.
 * Never throws: what could not be looked at is there as `unavailable`.
 */
export async function probeAll(
  cluster: ReachableCluster,
  context: ProbeContext,
): Promise<Observation[]> {
  const { answerTimeoutMs = CALL_TIMEOUT_MS } = cluster;
  const connections = connect(cluster, answerTimeoutMs);
  const close = () => connections.close();
  context.signal?.addEventListener('abort', close, { once: true });
  const hosts = cluster.hosts?.() ?? [];
  try {
    const at: Looking = {
      ...(await reach(connections)),
      hosts,
      nodes: connections.nodes.map((node) => ({ ...node, running: runningOn(node.host, hosts) })),
      dnsServers: cluster.dnsServers ?? [],
      ingress: cluster.ingress ?? [],
      dialPeers: context.dialPeers ?? false,
      clock: context.clock ?? systemClock,
      signal: context.signal,
      answerTimeoutMs,
      etcdPrefix: context.etcdPrefix ?? '/registry',
      sentinels: context.sentinels,
      watchingClients: context.watchingClients ?? [],
      leases: context.leases,
      controllers: context.controllers ?? false,
      follows: context.follows ?? [],
      tokens: context.tokens ?? [],
      objects: context.objects ?? new SharedObjects(),
      seen: [],
    };
    const applicable = probes.filter(
      ({ kind, needs }) =>
        applies(needs, at) && (context.only?.has(kind) ?? true) && !context.except?.has(kind),
    );
    const waiting = runAll(
      applicable.filter(({ waits }) => waits),
      at,
    );
    const first = await runAll(
      applicable.filter(({ second, waits }) => !second && !waits),
      at,
    );
    const closer = applicable.filter(({ second }) => second);
    const seen = await runAll(closer, { ...at, seen: first });
    return [...first, ...seen, ...(await waiting)];
  } finally {
    context.signal?.removeEventListener('abort', close);
    close();
  }
}

function applies(needs: Probe['needs'], at: Looking): boolean {
  if (needs === 'etcd') return true;
  return needs === 'nodes' ? at.nodes.length > 0 : at.apiServers.length > 0;
}

function runningOn(name: string, hosts: readonly Host[]): RunningHost | undefined {
  const host = hosts.find((each) => each.name === name);
  return host?.state === 'running' ? host : undefined;
}

async function runAll(which: readonly Probe[], at: Looking): Promise<Observation[]> {
  const all = await Promise.all(
    which.map((probe) =>
      probe
        .look(at)
        .catch((thrown: unknown) => [unavailable(at, probe.kind, 'harness', messageOf(thrown))]),
    ),
  );
  return all.flat();
}

/** Asks each endpoint one question; the probes leave alone who does not answer it. */
async function reach(connections: Connections): Promise<Pick<Looking, 'members' | 'apiServers'>> {
  const members = connections.members.map(async ({ host, etcd }) => {
    await etcd.status();
    return { host, up: { etcd }, down: null };
  });
  const apiServers = connections.apiServers.map(async (api) => {
    const discovered = await api.discover();
    return { host: api.host, up: { api, discovered }, down: null };
  });
  const [up, served] = await Promise.all([
    Promise.allSettled(members),
    Promise.allSettled(apiServers),
  ]);
  const hostOf = (each: { host: string } | undefined) => each?.host ?? '';
  return {
    members: up.map((outcome, index) =>
      outcome.status === 'fulfilled'
        ? outcome.value
        : { host: hostOf(connections.members[index]), up: null, down: messageOf(outcome.reason) },
    ),
    apiServers: served.map((outcome, index) =>
      outcome.status === 'fulfilled'
        ? outcome.value
        : {
            host: hostOf(connections.apiServers[index]),
            up: null,
            down: messageOf(outcome.reason),
          },
    ),
  };
}
