import { CANARY_NAMESPACE, WATCHED_NAMESPACE } from '../kube/drill-objects.ts';
import { refOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import { inParallel } from '../support/parallel.ts';
import {
  application,
  configMap,
  namespace,
  volume,
  volumeClaim,
  WATCHED_LABELS,
  WORKLOADS,
} from './application.ts';
import { firstMember, type WriteContext } from './context.ts';
import {
  rehearsalDefinition,
  rehearsalRef,
  storedRehearsal,
  untilServed,
} from './custom-resource.ts';
import { OPERATIONS_MAX } from './plain-keys.ts';
import type { Population } from './populate.ts';
import { settle } from './settle.ts';
import { someText } from './some-text.ts';
import { storedConfigMap } from './stored-configmap.ts';
import { ObjectWriter, type Planned } from './writer.ts';

/** In flight at a time over all API servers. */
const CONCURRENCY = 16;
const WATCHED_CONFIG_MAPS = 10;
const APPLICATIONS_MIN = 2;
const APPLICATIONS_MAX = 20;
const OBJECTS_PER_APPLICATION = 60;
/** Of the ConfigMaps, so many are made through the API; the others are put into etcd as it stores them. */
const API_CONFIG_MAPS_MAX = 400;
const CONFIG_MAPS_PER_APPLICATION_MIN = 4;
/** Every so manieth ConfigMap is written twice, and another one is deleted again. */
const CHANGED_EVERY = 10;

export async function populateKubernetes(context: WriteContext): Promise<Population> {
  const population = new KubernetesPopulation(context);
  const frame = await population.makeFrame();
  const [customs, rest] = await Promise.all([
    population.makeCustomResources(),
    population.makeTheRest(),
  ]);
  const revision = await settle(context);
  const made = [...frame, ...customs, ...rest.parts];
  return {
    objectCount: made.length + WATCHED_CONFIG_MAPS + rest.configMapCount,
    sentinels: population.sentinelsOf(made),
    changeable: rest.ordinary,
    revision,
  };
}

class KubernetesPopulation {
  readonly #context: WriteContext;
  readonly #writer: ObjectWriter;
  readonly #names: string[];

  constructor(context: WriteContext) {
    this.#context = context;
    this.#writer = new ObjectWriter(context.connections.apiServers, context.signal);
    this.#names = applicationNames(context.count);
  }

  /** Namespaces first: everything else is refused without them. */
  async makeFrame(): Promise<ObjectRef[]> {
    const planned = [
      ...namespace(CANARY_NAMESPACE),
      ...namespace(WATCHED_NAMESPACE, WATCHED_LABELS),
      ...this.#names.flatMap((name) => namespace(name)),
      rehearsalDefinition(),
    ];
    const isNamespace = ({ resource }: Planned) => resource === RESOURCES.namespaces;
    const spaces = await this.#create(planned.filter(isNamespace));
    return [...spaces, ...(await this.#create(planned.filter((each) => !isNamespace(each))))];
  }

  /** Before the definition is served: caches then begin with them. */
  async makeCustomResources(): Promise<ObjectRef[]> {
    const { connections, signal, random, clock } = this.#context;
    const refs = this.#names.flatMap((name) => WORKLOADS.map((each) => rehearsalRef(name, each)));
    const createdAtMs = clock.nowMs();
    const puts = refs.map(({ namespace, name }) => {
      const runbook = someText(random, 12);
      return { put: storedRehearsal({ namespace: namespace ?? '', name, createdAtMs, runbook }) };
    });
    await firstMember(connections).write(puts);
    await Promise.all(
      connections.apiServers.map((server) => untilServed(server, refs.length, signal)),
    );
    return refs;
  }

  async makeTheRest(): Promise<{
    parts: ObjectRef[];
    ordinary: ObjectRef[];
    configMapCount: number;
  }> {
    const planned = this.#names.flatMap((name) => application(name, this.#context.random));
    const parts = [...(await this.#create(planned)), ...(await this.#makeVolumes())];
    await this.#create(watchedConfigMaps());
    const frameSize = this.#names.length * (2 + WORKLOADS.length) + 5;
    const others = frameSize + parts.length + WATCHED_CONFIG_MAPS;
    const configMapCount = Math.max(
      this.#names.length * CONFIG_MAPS_PER_APPLICATION_MIN,
      this.#context.count - others,
    );
    const ordinary = await this.#create(this.#ordinaryConfigMaps(configMapCount));
    await this.#leaveHistory(ordinary);
    await this.#putBulk(configMapCount - ordinary.length);
    return { parts, ordinary, configMapCount };
  }

  /** Everything that belongs to the first application, and the definition of its custom resources. */
  sentinelsOf(made: readonly ObjectRef[]): ObjectRef[] {
    const first = this.#nameFor(0);
    return made.filter(
      ({ resource, namespace, name }) =>
        [namespace, name].includes(first) ||
        name === `${first}-data` ||
        resource === 'customresourcedefinitions',
    );
  }

  async #makeVolumes(): Promise<ObjectRef[]> {
    const pairs = await inParallel(this.#names, CONCURRENCY, async (name) => {
      const planned = volumeClaim(name);
      const claim = await this.#writer.make(planned);
      const made = await this.#writer.create(volume(name, claim.metadata.uid ?? ''));
      return [refOf(planned.resource, planned.object), made];
    });
    return pairs.flat();
  }

  #create(planned: readonly Planned[]): Promise<ObjectRef[]> {
    return inParallel(planned, CONCURRENCY, (each) => this.#writer.create(each));
  }

  #ordinaryConfigMaps(count: number): Planned[] {
    return Array.from({ length: Math.min(count, API_CONFIG_MAPS_MAX) }, (_, index) =>
      configMap(this.#nameFor(index), `config-${index}`, this.#data()),
    );
  }

  /** Older revisions and tombstones, as every real store has them. */
  async #leaveHistory(ordinary: readonly ObjectRef[]): Promise<void> {
    const changed = ordinary.filter((_, index) => index % CHANGED_EVERY === 0);
    await inParallel(changed, CONCURRENCY, (ref) =>
      this.#writer.replace(configMap(ref.namespace ?? '', ref.name, this.#data())),
    );
    await inParallel(changed, CONCURRENCY, async (_, index) => {
      const doomed = configMap(this.#nameFor(index), `deleted-${index}`, {});
      const ref = await this.#writer.create(doomed);
      await this.#writer.delete(doomed.resource, ref.namespace, ref.name);
    });
  }

  async #putBulk(count: number): Promise<void> {
    const etcd = firstMember(this.#context.connections);
    const createdAtMs = this.#context.clock.nowMs();
    const starts = Array.from(
      { length: Math.ceil(count / OPERATIONS_MAX) },
      (_, index) => index * OPERATIONS_MAX,
    );
    await inParallel(starts, 4, async (start) => {
      const length = Math.min(OPERATIONS_MAX, count - start);
      const puts = Array.from({ length }, (_, index) => {
        const namespace = this.#nameFor(start + index);
        const name = `bulk-${start + index}`;
        return { put: storedConfigMap({ namespace, name, createdAtMs, data: this.#data() }) };
      });
      await etcd.write(puts);
    });
  }

  #data(): Record<string, string> {
    const text = someText(this.#context.random, 300);
    return { 'settings.yaml': `token: ${text}\n`, mode: 'rehearsal' };
  }

  #nameFor(index: number): string {
    return this.#names[index % this.#names.length] ?? '';
  }
}

function applicationNames(count: number): string[] {
  const wanted = Math.floor(count / OBJECTS_PER_APPLICATION);
  const length = Math.min(APPLICATIONS_MAX, Math.max(APPLICATIONS_MIN, wanted));
  return Array.from({ length }, (_, index) => `kubedrill-app-${index + 1}`);
}

function watchedConfigMaps(): Planned[] {
  return Array.from({ length: WATCHED_CONFIG_MAPS }, (_, index) =>
    configMap(WATCHED_NAMESPACE, `watched-${index}`, { n: String(index) }, WATCHED_LABELS),
  );
}
