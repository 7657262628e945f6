import { type Examined, examineAll } from '../checks/index.ts';
import { PLAIN_CANARIES } from '../etcd/keys.ts';
import { CANARY_NAMESPACE, WATCHED_NAMESPACE } from '../kube/drill-objects.ts';
import type { DrillFacts } from '../model/check.ts';
import type { Rpo, Rto } from '../model/event.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import type { Population } from '../populate/populate.ts';
import type { LaterWrites } from '../populate/write-after-backup.ts';
import { probeAll, SharedObjects, WatchingClient } from '../probes/index.ts';
import type { Cluster } from '../targets/target.ts';
import type { DrillContext } from './drill-context.ts';

/** One look at the whole cluster and what the checks make of it. */
export interface Look {
  observations: Observation[];
  examined: Examined[];
}

interface Measured {
  rto: Rto | null;
  rpo: Rpo | null;
}

/** Looks at the cluster of one drill, and knows what it has to compare with. */
export class Lookout {
  readonly #context: DrillContext;
  readonly #cluster: Cluster;
  readonly #population: Population;
  readonly #objects = new SharedObjects();
  readonly #watching: WatchingClient[] = [];
  readonly #sentinelsAfter: ObjectRef[] = [];
  readonly #changed: ObjectRef[] = [];
  readonly #deleted: ObjectRef[] = [];
  #baseline: Observation[] | undefined;
  #highestRevision = 0;
  #firstRevisionServed: number | undefined;
  #recoveryStartedAtMs: number | null = null;

  constructor(context: DrillContext, cluster: Cluster, population: Population) {
    this.#context = context;
    this.#cluster = cluster;
    this.#population = population;
    this.#highestRevision = population.revision;
  }

  /** Distinct objects that were made, changed or deleted since the backup. */
  get writtenAfterBackup(): number {
    return this.#sentinelsAfter.length + this.#changed.length + this.#deleted.length;
  }

  /** Remembers what was written after the backup. */
  add(written: LaterWrites): void {
    this.#sentinelsAfter.push(...written.sentinels);
    this.#changed.push(...written.changed);
    this.#deleted.push(...written.deleted);
    this.saw(written.revision);
  }

  /** Some client has seen this revision. */
  saw(revision: number): void {
    this.#highestRevision = Math.max(this.#highestRevision, revision);
  }

  keepAsBaseline(observations: Observation[]): void {
    this.#baseline = observations;
  }

  recoveryStarts(): void {
    this.#recoveryStartedAtMs = this.#context.clock.nowMs();
    this.#firstRevisionServed = undefined;
  }

  /** Opens one client an API server that lists and watches, to be kept through the whole drill. */
  async openWatches(): Promise<void> {
    for (const { host } of this.#cluster.apiServers) {
      const client = new WatchingClient(this.#cluster, host, this.#context.clock);
      this.#context.cleanup.register(`watching client of ${host}`, () => client.close());
      this.#watching.push(client);
    }
    await Promise.all(this.#watching.map((client) => client.ready()));
  }

  /** The highest revision that any member has now; 0 when none answers. */
  async newestRevision(): Promise<number> {
    const statuses = await probeAll(this.#cluster, {
      sentinels: [],
      only: new Set(['member-status']),
      clock: this.#context.clock,
    });
    return highestOf(statuses);
  }

  /** Asks everything anew and examines the answers. */
  async look(phase: 'baseline' | 'verify', measured: Measured): Promise<Look> {
    const { clock, signal, plan } = this.#context;
    const observations = await probeAll(this.#cluster, {
      sentinels: [...this.#population.sentinels, ...this.#sentinelsAfter],
      watchingClients: this.#watching,
      controllers: plan.scenario.topology.controllers,
      objects: this.#objects,
      etcdPrefix: plan.snapshot?.etcdPrefix ?? '/registry',
      clock,
      signal,
    });
    if (phase === 'verify') this.#firstRevisionServed ??= lowestOf(observations);
    else this.saw(highestOf(observations));
    const examined = examineAll(
      { phase, now: observations, baseline: this.#baseline, facts: this.#facts(measured) },
      plan.scenario.skipChecks,
    );
    return { observations, examined };
  }

  #facts({ rto, rpo }: Measured): DrillFacts {
    const { scenario } = this.#context.plan;
    const { totalMs = 0, ...phases } = rto ?? { totalMs: 0 };
    return {
      members: this.#cluster.members.map(({ host, name, peerUrl }) => ({ host, name, peerUrl })),
      apiServers: this.#cluster.apiServers.map(({ host }) => host),
      controllers: scenario.topology.controllers,
      highestRevisionSeen: this.#recoveryStartedAtMs === null ? 0 : this.#highestRevision,
      firstRevisionServed: this.#firstRevisionServed,
      recoveryStartedAtMs: this.#recoveryStartedAtMs,
      sentinelsBefore: this.#population.sentinels,
      sentinelsAfter: this.#sentinelsAfter,
      changedAfter: this.#changed,
      deletedAfter: this.#deleted,
      scratch: { namespaces: [CANARY_NAMESPACE, WATCHED_NAMESPACE], keyPrefixes: [PLAIN_CANARIES] },
      restores: scenario.restores,
      rto: rto === null ? null : { totalMs, phases },
      rpo,
      budgets: scenario.budgets,
    };
  }
}

function revisionsOf(observations: readonly Observation[]): number[] {
  return observations.flatMap((each) => (each.kind === 'member-status' ? [each.revision] : []));
}

function highestOf(observations: readonly Observation[]): number {
  return Math.max(0, ...revisionsOf(observations));
}

function lowestOf(observations: readonly Observation[]): number | undefined {
  const revisions = revisionsOf(observations);
  return revisions.length === 0 ? undefined : Math.min(...revisions);
}
