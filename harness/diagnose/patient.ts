import type { EtcdClient } from '../etcd/client.ts';
import type { ApiServer } from '../kube/api-server.ts';
import type { Discovered } from '../kube/discovery.ts';
import { type ApiResource, type KubeObject, pathOf, refOf } from '../kube/resource.ts';
import type { ClientIdentity } from '../kube/transport.ts';
import type { DrillFacts } from '../model/check.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import type { Baseline } from '../objects/baseline.ts';
import { type KeptToken, probes } from '../probes/index.ts';
import {
  type Looking,
  type ObservableKind,
  problemOf,
  type Reach,
  unavailable,
} from '../probes/probe.ts';
import { SharedObjects } from '../probes/shared-objects.ts';
import type { Clock } from '../support/clock.ts';
import { inParallel } from '../support/parallel.ts';

/** The way to one API server, with what it serves. */
export interface Served {
  api: ApiServer;
  /** Without Secrets; see NEVER_READ. */
  discovered: Discovered[];
}

/** An object by its name and what every object says of itself. */
export interface Described {
  ref: ObjectRef;
  metadata: KubeObject['metadata'];
}

/** An API server that answered a first question, or why it did not. */
export type ApiServerReach = Reach<Served> & { url: string };

export interface PatientParts {
  servers: readonly ApiServerReach[];
  /** Why there may be more API servers than `servers`. */
  unknownServers: readonly string[];
  members: readonly (Reach<{ etcd: EtcdClient }> & { url: string })[];
  identity: ClientIdentity;
  baseline: Baseline | undefined;
  /** What a pod was given before the restore. */
  podToken?: KeptToken | undefined;
  clock: Clock;
  signal: AbortSignal | undefined;
}

type ListedResource = Pick<ApiResource, 'group' | 'version' | 'resource'>;

const CONCURRENCY = 4;
const CALL_TIMEOUT_MS = 5000;
const LIST_TIMEOUT_MS = 15_000;
/** What has to be seen before: a revision asked for later is never behind what was listed earlier. */
const BEFORE: Partial<Record<ObservableKind, readonly ObservableKind[]>> = {
  'member-status': ['api-list'],
};

/** Somebody's cluster, looked at and never changed. Each thing is asked for once. */
export class Patient {
  readonly parts: PatientParts;
  readonly #looking: Looking;
  readonly #observed = new Map<ObservableKind, Promise<Observation[]>>();
  readonly #objects = new Map<string, Promise<KubeObject[]>>();
  #described: Promise<{ objects: Described[]; blind: string[] }> | undefined;
  #clockLead: Promise<number> | undefined;

  constructor(parts: PatientParts) {
    this.parts = parts;
    this.#looking = {
      members: [...parts.members],
      apiServers: [...parts.servers],
      hosts: [],
      nodes: [],
      // Of what only some look at, bootstrap tokens alone: by the detector that the user allows.
      follows: ['token'],
      tokens: parts.podToken === undefined ? [] : [parts.podToken],
      dnsServers: [],
      ingress: [],
      dialPeers: false,
      clock: parts.clock,
      signal: parts.signal,
      answerTimeoutMs: CALL_TIMEOUT_MS,
      etcdPrefix: parts.baseline?.etcdPrefix ?? '/registry',
      sentinels: [],
      watchingClients: [],
      controllers: true,
      objects: new SharedObjects(),
      seen: [],
    };
  }

  /** For probes that are called one by one. */
  get looking(): Looking {
    return this.#looking;
  }

  /** The API servers that answer. */
  get serving(): Served[] {
    return this.parts.servers.flatMap(({ up }) => (up === null ? [] : [up]));
  }

  /** Why some API server was not asked, or may not be known. */
  get unserved(): string[] {
    const down = this.parts.servers.flatMap(({ host, down }) =>
      down === null ? [] : [`${host} was not asked: ${down}`],
    );
    return [...down, ...this.parts.unknownServers];
  }

  /** One API server that answers. @throws Error when none does. */
  any(): Served {
    const [first] = this.serving;
    if (first === undefined) throw new Error(this.unserved.join('; ') || 'no API server is known');
    return first;
  }

  /** The cluster's clock, because the one of this machine may be wrong. Milliseconds since 1970. */
  async nowMs(): Promise<number> {
    const { clock } = this.parts;
    this.#clockLead ??= this.any()
      .api.nowMs()
      .then((theirsMs) => clock.nowMs() - theirsMs);
    return clock.nowMs() - (await this.#clockLead);
  }

  /** Whole objects in all Namespaces. @throws ApiError */
  objects(resource: ListedResource): Promise<KubeObject[]> {
    const path = pathOf(resource);
    const known = this.#objects.get(path) ?? this.#list(resource, {});
    this.#objects.set(path, known);
    return known;
  }

  /** Every object of every resource, without its content. */
  described(): Promise<{ objects: Described[]; blind: string[] }> {
    this.#described ??= this.#describeAll();
    return this.#described;
  }

  /** What the probes of these kinds see; what may not be seen is there as `unavailable`. */
  async observe(kinds: readonly ObservableKind[]): Promise<Observation[]> {
    const all = await Promise.all(
      kinds.map((kind) => {
        const known = this.#observed.get(kind) ?? this.#probe(kind);
        this.#observed.set(kind, known);
        return known;
      }),
    );
    return all.flat();
  }

  /** The same, asked again: what is just changing has settled meanwhile. */
  async observeAnew(kinds: readonly ObservableKind[]): Promise<Observation[]> {
    for (const kind of kinds) this.#observed.delete(kind);
    return this.observe(kinds);
  }

  /** What the checks of drills have to know of a cluster. */
  async facts(): Promise<DrillFacts> {
    const lists = this.parts.members.length === 0 ? [] : await this.observe(MEMBERS);
    return {
      members: membersIn(lists),
      apiServers: this.parts.servers.map(({ host }) => host),
      controllers: true,
      highestRevisionSeen: 0,
      recoveryStartedAtMs: null,
      sentinelsBefore: [],
      sentinelsAfter: [],
      restores: false,
      rto: null,
      rpo: null,
      budgets: {},
    };
  }

  async #probe(kind: ObservableKind): Promise<Observation[]> {
    await this.observe(BEFORE[kind] ?? []);
    const probe = probes.find((each) => each.kind === kind);
    if (probe === undefined) throw new Error(`no probe looks for ${kind}`);
    const seen = await probe.look(this.#looking).catch((thrown: unknown) => {
      const [first] = this.parts.servers;
      return [unavailable(this.#looking, kind, first?.host ?? '', problemOf(thrown))];
    });
    return withoutWithheld(this.#looking, seen);
  }

  async #list(
    resource: ListedResource,
    options: { metadataOnly?: boolean },
  ): Promise<KubeObject[]> {
    const objects: KubeObject[] = [];
    await this.any().api.list(resource, {
      ...options,
      mode: 'consistent',
      timeoutMs: LIST_TIMEOUT_MS,
      signal: this.parts.signal,
      onItem: (object) => void objects.push(object),
    });
    return objects;
  }

  async #describeAll(): Promise<{ objects: Described[]; blind: string[] }> {
    const objects: Described[] = [];
    const blind: string[] = [];
    const resources = this.any().discovered.filter(({ preferred }) => preferred);
    await inParallel(resources, CONCURRENCY, async (resource) => {
      try {
        for (const object of await this.#list(resource, { metadataOnly: true }))
          objects.push({ ref: refOf(resource, object), metadata: object.metadata });
      } catch (thrown) {
        blind.push(`${resource.resource} cannot be listed: ${problemOf(thrown)}`);
      }
    });
    return { objects, blind };
  }
}

const MEMBERS: readonly ObservableKind[] = ['member-status', 'member-list'];

/** Each endpoint that answered by its own name, and those that it was told of and nobody asked. */
function membersIn(observations: readonly Observation[]): DrillFacts['members'] {
  const lists = observations.flatMap((each) => (each.kind === 'member-list' ? [each] : []));
  const ids = new Map(
    observations.flatMap((each) =>
      each.kind === 'member-status' ? [[each.source, each.memberId] as const] : [],
    ),
  );
  const asked = new Set(ids.values());
  const own = lists.flatMap(({ source, members }) => {
    const row = members.find(({ id }) => id === ids.get(source));
    return row ? [{ host: source, name: row.name, peerUrl: row.peerUrls[0] ?? '' }] : [];
  });
  const others = new Map(
    lists.flatMap(({ members }) =>
      members
        .filter(({ id }) => !asked.has(id))
        .map(({ id, name, peerUrls }) => {
          const host = name === '' ? id : name;
          return [id, { host, name, peerUrl: peerUrls[0] ?? '' }] as const;
        }),
    ),
  );
  return [...own, ...others.values()];
}

/** What keeps a list from being read without saying anything of the cluster. */
const WITHHELD = [
  { says: 'HTTP 403', why: 'no right to list' },
  { says: 'HTTP 429', why: 'busy, or still starting (ask again in a minute), to list' },
];

/** One reason an API server, instead of one a resource. */
function withoutWithheld(at: Looking, observations: Observation[]): Observation[] {
  const reasonOf = (each: Observation) =>
    each.kind === 'api-list' && WITHHELD.find(({ says }) => each.error?.startsWith(says));
  const lists = observations.flatMap((each) => {
    const reason = reasonOf(each);
    return each.kind === 'api-list' && reason ? [{ ...each, ...reason }] : [];
  });
  const groups = Map.groupBy(lists, ({ source, says }) => `${source} ${says}`);
  const missing = [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const resources = [...new Set(same.map(({ resource }) => resource))].sort();
    const rest = resources.length > 5 ? ` and ${resources.length - 5} more` : '';
    const reason = `${first.why} ${resources.slice(0, 5).join(', ')}${rest} (${first.says})`;
    return [unavailable(at, 'api-list', first.source, reason)];
  });
  return [...observations.filter((each) => !reasonOf(each)), ...missing];
}
