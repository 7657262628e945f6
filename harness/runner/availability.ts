import { askDns, type DnsServer } from '../dns/ask.ts';
import { EVERYWHERE } from '../dns/names.ts';
import { askWeb } from '../kube/ask-web.ts';
import type { Outage } from '../model/event.ts';
import type { Clock } from '../support/clock.ts';
import { type Connections, connect } from '../targets/connections.ts';
import type { Cluster, IngressRoute } from '../targets/target.ts';

const INTERVAL_MS = 100;
/** Short, because etcd stops only when the last call under way is over; so nothing waits for a leader either. */
const ANSWER_TIMEOUT_MS = 500;
const CONSISTENT_READ = { countOnly: true, requireLeader: true };

/** One service as a client sees it: it serves while any of its endpoints does. */
interface Watched {
  probe: 'etcd' | 'api' | 'dns' | 'ingress';
  ask: () => Promise<unknown>;
  outages: Outage[];
  /** Start of the outage that lasts; undefined while it serves. */
  downSinceMs: number | undefined;
  /** When it was first seen to serve after `mark`. */
  servedAtMs: number | undefined;
}

/**
 * Asks etcd for a consistent read, an API server for its readiness and CoreDNS for a name, ten times a second, from
 * before the fault until everything has settled. Times are milliseconds since it began.
 */
export class Availability {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #connections: Connections;
  readonly #watched: Watched[];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(cluster: Cluster, clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#connections = connect(cluster, ANSWER_TIMEOUT_MS);
    const { members, apiServers } = this.#connections;
    const dnsServers = cluster.dnsServers ?? [];
    const { ingress } = cluster;
    this.#watched = [
      watched('etcd', () => any(members.map(({ etcd }) => etcd.range('a', CONSISTENT_READ)))),
      ...(apiServers.length === 0
        ? []
        : [watched('api', () => any(apiServers.map((server) => server.text('/readyz'))))]),
      ...(cluster.dnsServers === undefined ? [] : [watched('dns', () => askAny(dnsServers))]),
      ...(ingress === undefined ? [] : [watched('ingress', () => askEvery(ingress))]),
    ];
    this.#loops = this.#watched.map((each) => this.#follow(each));
  }

  nowMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** Forgets what served so far: from now on `servedAtMs` means after the fault. */
  mark(): void {
    for (const each of this.#watched) each.servedAtMs = undefined;
  }

  servedAtMs(probe: Watched['probe']): number | undefined {
    return this.#watched.find((each) => each.probe === probe)?.servedAtMs;
  }

  /** Ends the asking. @returns every outage, one that lasts until now included. */
  async stop(): Promise<Outage[]> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    this.#connections.close();
    const endMs = this.nowMs();
    return this.#watched.flatMap(({ probe, outages, downSinceMs }) =>
      downSinceMs === undefined
        ? outages
        : [...outages, { ...rounded({ probe, startMs: downSinceMs, endMs }), lasting: true }],
    );
  }

  async #follow(each: Watched): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const askedAtMs = this.nowMs();
      const serves = await each.ask().then(
        () => true,
        () => false,
      );
      if (this.#stop.signal.aborted) return;
      note(each, serves, askedAtMs, this.nowMs());
      await this.#clock.pause(INTERVAL_MS, this.#stop.signal);
    }
  }
}

/** Every route has to lead somewhere. */
function askEvery(routes: readonly IngressRoute[]): Promise<unknown> {
  return Promise.all(routes.map((route) => askWeb(route, ANSWER_TIMEOUT_MS)));
}

function watched(probe: Watched['probe'], ask: () => Promise<unknown>): Watched {
  return { probe, ask, outages: [], downSinceMs: undefined, servedAtMs: undefined };
}

/** A refusal counts from when it was asked, an answer from when it came. */
function note(each: Watched, serves: boolean, askedAtMs: number, answeredAtMs: number): void {
  if (!serves) {
    each.downSinceMs ??= askedAtMs;
    return;
  }
  each.servedAtMs ??= answeredAtMs;
  if (each.downSinceMs === undefined) return;
  each.outages.push(rounded({ probe: each.probe, startMs: each.downSinceMs, endMs: answeredAtMs }));
  each.downSinceMs = undefined;
}

function rounded({ probe, startMs, endMs }: Outage): Outage {
  return { probe, startMs: Math.round(startMs), endMs: Math.round(endMs) };
}

function any(asked: Promise<unknown>[]): Promise<unknown> {
  return Promise.any(asked);
}

function askAny(servers: readonly DnsServer[]): Promise<unknown> {
  const question = { name: EVERYWHERE, type: 'A' } as const;
  return any(servers.map((server) => askDns(server, question, 'udp', ANSWER_TIMEOUT_MS)));
}
