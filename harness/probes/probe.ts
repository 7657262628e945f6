import type { EtcdClient } from '../etcd/client.ts';
import type { ApiServer } from '../kube/api-server.ts';
import type { Discovered } from '../kube/discovery.ts';
import type { Kubelet } from '../kube/kubelet.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { Observation, ObservationKind } from '../model/observation.ts';
import type { Followed } from '../model/scenario.ts';
import type { Clock } from '../support/clock.ts';
import { DrillError, messageOf } from '../support/errors.ts';
import type { Host, RunningHost } from '../targets/host.ts';
import type { DnsServerAddress, IngressRoute } from '../targets/target.ts';
import type { KeptToken } from './client-token.ts';
import type { FollowedLeases } from './followed-leases.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { WatchingClient } from './watching-client.ts';

/** Looks at a live system. What it could not see comes back as `unavailable`; it never throws. */
export interface Probe {
  kind: ObservableKind;
  /** What the cluster must have for the probe to mean anything. */
  needs: 'etcd' | 'kubernetes' | 'nodes';
  /** After the others, because it looks closer at what they saw. */
  second?: boolean;
  /** It may wait for something long; the closer looks do not wait for it. */
  waits?: boolean;
  look(at: Looking): Promise<Observation[]>;
}

export type ObservableKind = Exclude<ObservationKind, 'unavailable'>;

/** An endpoint that answered a first question, or why it did not. */
export type Reach<T> = { host: string } & ({ up: T; down: null } | { up: null; down: string });

/** A node to look at: its kubelet, and its shell where there is one and it runs. */
export interface NodeReach {
  host: string;
  address: string;
  kubelet: Kubelet;
  running: RunningHost | undefined;
}

export interface Looking {
  members: Reach<{ etcd: EtcdClient }>[];
  apiServers: Reach<{ api: ApiServer; discovered: Discovered[] }>[];
  /** Those with a shell, in whatever state; none where the cluster is somebody else's. */
  hosts: readonly Host[];
  /** None where no kubelet runs. */
  nodes: readonly NodeReach[];
  dnsServers: readonly DnsServerAddress[];
  ingress: readonly IngressRoute[];
  /** Whether members' hosts call each other also where nothing hints at a broken network. */
  dialPeers: boolean;
  clock: Clock;
  signal: AbortSignal | undefined;
  /** What a call is given at least: on some targets everything is slower. */
  answerTimeoutMs: number;
  /** kube-apiserver's `--etcd-prefix`. */
  etcdPrefix: string;
  sentinels: readonly ObjectRef[];
  watchingClients: readonly WatchingClient[];
  /** Undefined where nobody has followed them until now. */
  leases?: FollowedLeases | undefined;
  controllers: boolean;
  /** What only some drills look at. */
  follows: readonly Followed[];
  tokens: readonly KeptToken[];
  objects: SharedObjects;
  /** What was observed before; for the probes that come second. */
  seen: readonly Observation[];
}

/** Looks through every endpoint at once; one that is down, or fails, is `unavailable`. */
export async function throughEach<T>(
  at: Looking,
  kind: ObservableKind,
  reaches: readonly Reach<T>[],
  look: (up: T, host: string) => Promise<Observation[]>,
): Promise<Observation[]> {
  const results = await Promise.all(
    reaches.map(async ({ host, up, down }) => {
      if (down !== null) return [unavailable(at, kind, host, down)];
      try {
        return await look(up, host);
      } catch (thrown) {
        return [unavailable(at, kind, host, messageOf(thrown))];
      }
    }),
  );
  return results.flat();
}

/** What went wrong, without the endpoint, so that the same problem reads the same on every host. */
export function problemOf(thrown: unknown): string {
  return thrown instanceof DrillError ? thrown.happened : messageOf(thrown);
}

export function seen(at: Pick<Looking, 'clock'>, source: string): { source: string; atMs: number } {
  return { source, atMs: at.clock.nowMs() };
}

export function unavailable(
  at: Pick<Looking, 'clock'>,
  of: ObservableKind,
  source: string,
  reason: string,
): Observation {
  return { kind: 'unavailable', of, reason, ...seen(at, source) };
}
