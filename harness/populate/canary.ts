import { PLAIN_CANARIES } from '../etcd/keys.ts';
import { ensureCanaryNamespace } from '../kube/canary-namespace.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import { isNotFound } from '../kube/error.ts';
import { apiVersionOf, RESOURCES } from '../kube/resources.ts';
import type { Rpo } from '../model/event.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { notYet, until } from '../support/until.ts';
import { type Connections, connect, type ReachableCluster } from '../targets/connections.ts';
import { type Acknowledged, type BackupMoment, highestRevisionOf, rpoOf } from './acknowledged.ts';

export interface CanaryOptions {
  intervalMs?: number;
  clock?: Clock;
}

/** Longest that one attempt may take before the next endpoint is tried. */
const ATTEMPT_TIMEOUT_MS = 600;
const INTERVAL_MS = 50;
/** Longer than any drill; `stop` ends it. */
const LIFETIME_MS = 24 * 3600_000;

/**
 * A client that keeps writing to one key of its own, through whichever member or API server
 * answers, and remembers what was acknowledged: what a restore loses is measured against it.
 */
export class Canary {
  /** In the order of time. */
  readonly acknowledged: Acknowledged[] = [];
  readonly #stop = new AbortController();
  readonly #clock: Clock;
  readonly #cluster: ReachableCluster;
  #connections: Connections;
  readonly #ended: Promise<void>;
  #turn = 0;
  #written = 0;

  constructor(cluster: ReachableCluster, options: CanaryOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#cluster = cluster;
    this.#connections = connect(cluster, ATTEMPT_TIMEOUT_MS);
    this.#ended = until('the canary is stopped', () => this.#attempt(), {
      timeoutMs: LIFETIME_MS,
      intervalMs: options.intervalMs ?? INTERVAL_MS,
      signal: this.#stop.signal,
      clock: this.#clock,
    }).catch(() => undefined);
  }

  /** The highest revision acknowledged; 0 when there was none. */
  highestRevision(): number {
    return highestRevisionOf(this.acknowledged);
  }

  /** See `rpoOf`. */
  rpo(backup: BackupMoment, lostAtMs: number, others: number): Rpo {
    return rpoOf(this.acknowledged, backup, lostAtMs, others);
  }

  /** Returns when the last attempt is over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#connections.close();
    await this.#ended;
  }

  /** One write; on failure the next attempt goes to the next endpoint. Never done. */
  async #attempt(): Promise<ReturnType<typeof notYet>> {
    try {
      const { apiServers } = this.#connections;
      const { host, revision } =
        apiServers.length > 0 ? await this.#throughApi() : await this.#throughEtcd();
      this.acknowledged.push({ atMs: this.#clock.nowMs(), revision, host });
    } catch (thrown) {
      this.#turn += 1;
      this.#reconnect();
      throw thrown;
    }
    return notYet(`${this.acknowledged.length} writes acknowledged`);
  }

  /** A connection that was being made when a host lost its power is tried again ever more rarely. */
  #reconnect(): void {
    this.#connections.close();
    if (!this.#stop.signal.aborted) this.#connections = connect(this.#cluster, ATTEMPT_TIMEOUT_MS);
  }

  async #throughEtcd(): Promise<{ host: string; revision: number }> {
    const { members } = this.#connections;
    const member = members[this.#turn % members.length];
    if (member === undefined) throw new Error('no member');
    const revision = await member.etcd.put(`${PLAIN_CANARIES}heartbeat`, this.#next(), {
      requireLeader: true,
    });
    return { host: member.host, revision };
  }

  async #throughApi(): Promise<{ host: string; revision: number }> {
    const { apiServers } = this.#connections;
    const server = apiServers[this.#turn % apiServers.length];
    if (server === undefined) throw new Error('no API server');
    const resource = RESOURCES.configMaps;
    const object = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name: 'heartbeat', namespace: CANARY_NAMESPACE },
      data: { written: this.#next() },
    };
    const stored = await server.update(resource, object).catch(async (thrown: unknown) => {
      if (!isNotFound(thrown)) throw thrown;
      await ensureCanaryNamespace(server);
      return server.create(resource, object);
    });
    return { host: server.host, revision: Number(stored.metadata.resourceVersion) };
  }

  #next(): string {
    this.#written += 1;
    return String(this.#written);
  }
}
