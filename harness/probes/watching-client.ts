import type { ApiServer } from '../kube/api-server.ts';
import { WATCHED_LABEL, WATCHED_NAMESPACE } from '../kube/drill-objects.ts';
import { ApiError, isExpired } from '../kube/error.ts';
import { type ApiResource, type KubeObject, refOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { notYet, until } from '../support/until.ts';
import { apiServerAt, type ReachableCluster } from '../targets/connections.ts';

const CALL_TIMEOUT_MS = 4000;
/** client-go waits 0.8 s and doubles up to 30 s; a drill must not take minutes. */
const RETRY_MS = 500;
const LIFETIME_MS = 24 * 3600_000;

/** What a client believes, for comparison with what is. */
export interface Belief {
  objects: ObjectRef[];
  lastRevision: number;
  expiredCount: number;
  lastEventAtMs: number;
}

/**
 * A client of one API server as kubelets, proxies and controllers are: it lists once, then lives on
 * events, resumes a broken watch where it was, and lists anew only when it is told that its
 * revision is gone. Opened before the disaster, kept through it.
 * Source: Reflector of client-go (tools/cache/reflector.go).
 */
export class WatchingClient {
  readonly host: string;
  readonly #api: ApiServer;
  readonly #reflectors: Reflector[];
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  /** Since when its belief is known to be wrong; for the probe. */
  wrongSinceMs: number | null = null;

  constructor(cluster: ReachableCluster, host: string, clock: Clock = systemClock) {
    const address = cluster.apiServers.find((server) => server.host === host);
    this.host = host;
    this.#api = apiServerAt(cluster, address ?? { host, url: '' }, CALL_TIMEOUT_MS);
    const signal = this.#stop.signal;
    this.#reflectors = [
      new Reflector(this.#api, RESOURCES.configMaps, WATCHED_NAMESPACE, clock, signal),
      new Reflector(this.#api, RESOURCES.namespaces, undefined, clock, signal),
    ];
    this.#ended = Promise.all(this.#reflectors.map((reflector) => reflector.live()));
  }

  /** Resolves when the first lists are in; @throws DrillError when they are not within 10 s. */
  async ready(): Promise<void> {
    await until(
      `the client of ${this.host} has listed`,
      () =>
        this.#reflectors.every(({ listed }) => listed)
          ? { done: true, value: undefined }
          : notYet('not yet'),
      { timeoutMs: 10_000, intervalMs: 20 },
    );
  }

  belief(): Belief {
    const all = this.#reflectors;
    return {
      objects: all.flatMap(({ objects }) => [...objects.values()]),
      lastRevision: Math.max(...all.map(({ revision }) => Number(revision))),
      expiredCount: all.reduce((sum, { expiredCount }) => sum + expiredCount, 0),
      lastEventAtMs: Math.max(...all.map(({ lastEventAtMs }) => lastEventAtMs)),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#api.close();
    await this.#ended;
  }
}

class Reflector {
  readonly objects = new Map<string, ObjectRef>();
  revision = '0';
  expiredCount = 0;
  lastEventAtMs = 0;
  listed = false;
  readonly #api: ApiServer;
  readonly #resource: ApiResource;
  readonly #scope: { namespace?: string; labelSelector: string };
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Its next step is a list and not a watch. */
  #mustList: 'from-cache' | 'consistent' | null = 'from-cache';

  constructor(
    api: ApiServer,
    resource: ApiResource,
    namespace: string | undefined,
    clock: Clock,
    signal: AbortSignal,
  ) {
    this.#api = api;
    this.#resource = resource;
    this.#scope = {
      labelSelector: WATCHED_LABEL,
      ...(namespace === undefined ? {} : { namespace }),
    };
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Runs until the signal aborts; never throws. */
  async live(): Promise<void> {
    await until('the watching client is closed', () => this.#session(), {
      timeoutMs: LIFETIME_MS,
      intervalMs: RETRY_MS,
      signal: this.#signal,
      clock: this.#clock,
    }).catch(() => undefined);
  }

  async #session(): Promise<ReturnType<typeof notYet>> {
    try {
      if (this.#mustList !== null) await this.#list(this.#mustList);
      await this.#api.watch(this.#resource, {
        ...this.#scope,
        resourceVersion: this.revision,
        signal: this.#signal,
        onEvent: ({ type, object }) => this.#apply(type, object),
      });
    } catch (thrown) {
      this.#afterwards(thrown);
    }
    return notYet('open');
  }

  /** Without an answer, or when asked to slow down, the same watch is tried again; else it lists. */
  #afterwards(thrown: unknown): void {
    if (isExpired(thrown)) {
      this.expiredCount += 1;
      this.#mustList = 'consistent';
      return;
    }
    const retried =
      thrown instanceof ApiError && (thrown.httpCode === null || thrown.httpCode === 429);
    if (!retried) this.#mustList ??= 'consistent';
  }

  async #list(how: 'from-cache' | 'consistent'): Promise<void> {
    const fresh = new Map<string, ObjectRef>();
    const revision = await this.#api.list(this.#resource, {
      ...this.#scope,
      mode: how === 'from-cache' ? 'cache' : 'consistent',
      signal: this.#signal,
      onItem: (item) => fresh.set(idOf(item), refOf(this.#resource, item)),
    });
    this.objects.clear();
    for (const [id, ref] of fresh) this.objects.set(id, ref);
    this.revision = String(revision);
    this.lastEventAtMs = this.#clock.nowMs();
    this.#mustList = null;
    this.listed = true;
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubeObject): void {
    this.revision = object.metadata.resourceVersion ?? this.revision;
    this.lastEventAtMs = this.#clock.nowMs();
    if (type === 'DELETED') this.objects.delete(idOf(object));
    else if (type !== 'BOOKMARK') this.objects.set(idOf(object), refOf(this.#resource, object));
  }
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
