import { askDns, type DnsServer } from '../../dns/ask.ts';
import { EVERYWHERE } from '../../dns/names.ts';
import { askWeb } from '../../kube/ask-web.ts';
import type { Outage } from '../../model/event.ts';
import type { Clock } from '../../support/clock.ts';
import { type Connections, connect } from '../../targets/connections.ts';
import type { Cluster, IngressRoute } from '../../targets/target.ts';
import { followFromNodes } from './from-nodes.ts';
import { idleImageOf, NewPod } from './new-pod.ts';
import { type Asked, partsOf } from './parts.ts';
import { Places } from './places.ts';
import { Watched } from './watched.ts';

const INTERVAL_MS = 100;
/** There are many parts, and what they tell comes second. */
const PARTS_INTERVAL_MS = 300;
/** Short, because etcd stops only when the last call under way is over; so nothing waits for a leader either. */
const ANSWER_TIMEOUT_MS = 500;
/** A lock that came out of a backup is respected for 15 s, and a pod that got a dead node is given up after twenty. */
const NEW_POD_PATIENCE_MS = 60_000;
const CONSISTENT_READ = { countOnly: true, requireLeader: true };

/**
 * Asks etcd for a consistent read, an API server for its readiness, CoreDNS for a name and the ingress controller for
 * each route, ten times a second, from before the fault until everything has settled; on kubeadm clusters also each
 * part of them and each CoreDNS pod, three times a second, Services from every node, and after a recovery a new pod.
 * Times are milliseconds since it began.
 */
export class Availability {
  readonly #clock: Clock;
  readonly #drill: AbortSignal;
  readonly #startMs: number;
  readonly #connections: Connections;
  readonly #watched: Watched[];
  readonly #fromNodes: ReturnType<typeof followFromNodes> | undefined;
  readonly #newPod: NewPod | undefined;
  readonly #stop = new AbortController();
  #stopped = false;
  readonly #loops: Promise<void>[];

  /** Looks up what it takes to ask, while the cluster is well, and begins. */
  static async begin(cluster: Cluster, clock: Clock, signal: AbortSignal): Promise<Availability> {
    if (cluster.nodes === undefined) return new Availability(cluster, clock, signal);
    const places = new Places(cluster);
    try {
      await places.ready(clock, signal);
      return new Availability(cluster, clock, signal, places, await idleImageOf(cluster));
    } catch (thrown) {
      places.close();
      throw thrown;
    }
  }

  private constructor(
    cluster: Cluster,
    clock: Clock,
    drill: AbortSignal,
    places?: Places,
    idleImage?: string,
  ) {
    this.#clock = clock;
    this.#drill = drill;
    this.#startMs = clock.monotonicMs();
    this.#connections = connect(cluster, ANSWER_TIMEOUT_MS);
    const wholes = wholesOf(cluster, this.#connections);
    const parts = partsOf(cluster, this.#connections, ANSWER_TIMEOUT_MS);
    const watch = { nowMs: () => this.nowMs(), clock, signal: this.#stop.signal };
    this.#fromNodes = places && followFromNodes(cluster, places, watch);
    this.#newPod = idleImage === undefined ? undefined : new NewPod(cluster, idleImage, watch);
    this.#watched = [...wholes, ...parts].map(({ watched }) => watched);
    this.#loops = [
      ...wholes.map((each) => this.#follow(each, INTERVAL_MS)),
      ...parts.map((each) => this.#follow(each, PARTS_INTERVAL_MS)),
      ...(this.#fromNodes?.loops ?? []),
    ];
  }

  nowMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** Forgets what served so far: from now on `servedAtMs` means after the fault. */
  mark(): void {
    for (const each of this.#watched) each.forget();
  }

  /** A recovery has done what it does: a new pod has to get Ready from now on. */
  wantNewPod(): void {
    this.#newPod?.want();
  }

  /**
   * Gives a new pod that is wanted the time of a scheduler that has yet to lead.
   * @returns what was seen last where none got Ready.
   */
  async missesNewPod(signal: AbortSignal): Promise<string | undefined> {
    const newPod = this.#newPod;
    if (newPod === undefined) return undefined;
    const came = new AbortController();
    const pause = this.#clock.pause(NEW_POD_PATIENCE_MS, AbortSignal.any([signal, came.signal]));
    await Promise.race([newPod.ended(), pause]);
    came.abort();
    return newPod.missed;
  }

  /** Whether the whole of a service is asked. */
  watches(service: string): boolean {
    return this.#watched.some(({ probe, part }) => probe === service && part === undefined);
  }

  /** On a cluster with nodes a new pod is made after a recovery, of an image that they have. */
  get lacksPodImage(): boolean {
    return this.#fromNodes !== undefined && this.#newPod === undefined;
  }

  /** @returns when the whole of it served. */
  servedAtMs(probe: Watched['probe']): number | undefined {
    return this.#watched.find((each) => each.probe === probe && each.part === undefined)
      ?.servedAtMs;
  }

  /** Every outage of a whole service so far; one that lasts ends now. */
  outagesOfWholes(): Outage[] {
    const nowMs = this.nowMs();
    return this.#watched
      .filter(({ part }) => part === undefined)
      .flatMap((each) => each.until(nowMs));
  }

  /** Ends the asking. @returns every outage, one that lasts until now included. */
  async stop(): Promise<Outage[]> {
    this.#stop.abort();
    await Promise.all([...this.#loops, this.#newPod?.ended()]);
    if (!this.#drill.aborted && !this.#stopped) await this.#fromNodes?.lookOnce();
    this.#stopped = true;
    this.#fromNodes?.close();
    this.#connections.close();
    const endMs = this.nowMs();
    return [
      ...this.#watched,
      ...(this.#fromNodes?.watched() ?? []),
      ...(this.#newPod === undefined ? [] : [this.#newPod.watched]),
    ].flatMap((each) => each.until(endMs));
  }

  async #follow({ watched, ask }: Asked, intervalMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const askedAtMs = this.nowMs();
      const serves = await ask().then(
        () => true,
        () => false,
      );
      if (this.#stop.signal.aborted) return;
      watched.note(serves, askedAtMs, this.nowMs());
      await this.#clock.pause(intervalMs, this.#stop.signal);
    }
  }
}

/** Each serves while any of its endpoints does; but every route of the ingress controller has to lead somewhere. */
function wholesOf(cluster: Cluster, { members, apiServers }: Connections): Asked[] {
  const { dnsServers, ingress } = cluster;
  const of = (probe: Watched['probe'], ask: Asked['ask']) => ({ watched: new Watched(probe), ask });
  return [
    of('etcd', () => Promise.any(members.map(({ etcd }) => etcd.range('a', CONSISTENT_READ)))),
    ...(apiServers.length === 0
      ? []
      : [of('api', () => Promise.any(apiServers.map((server) => server.text('/readyz'))))]),
    ...(dnsServers === undefined ? [] : [of('dns', () => askAny(dnsServers))]),
    ...(ingress === undefined ? [] : [of('ingress', () => askEvery(ingress))]),
  ];
}

function askEvery(routes: readonly IngressRoute[]): Promise<unknown> {
  return Promise.all(routes.map((route) => askWeb(route, ANSWER_TIMEOUT_MS)));
}

function askAny(servers: readonly DnsServer[]): Promise<unknown> {
  const question = { name: EVERYWHERE, type: 'A' } as const;
  return Promise.any(servers.map((server) => askDns(server, question, 'udp', ANSWER_TIMEOUT_MS)));
}
