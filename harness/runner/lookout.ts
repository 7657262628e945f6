import { type Examined, examineAll } from '../checks/index.ts';
import { PLAIN_CANARIES } from '../etcd/keys.ts';
import { CANARY_NAMESPACE, WATCHED_NAMESPACE } from '../kube/drill-objects.ts';
import type { CheckView, DrillFacts } from '../model/check.ts';
import { describeObject, type Finding, type ObjectRef } from '../model/finding.ts';
import type { Foretold } from '../model/foretold.ts';
import { milestoneName } from '../model/milestone.ts';
import type { Observation } from '../model/observation.ts';
import type { Followed } from '../model/scenario.ts';
import { type Acknowledged, highestRevisionOf } from '../populate/acknowledged.ts';
import type { Population } from '../populate/populate.ts';
import type { LaterWrites } from '../populate/write-after-backup.ts';
import {
  type FollowedLeases,
  type KeptToken,
  type ObservableKind,
  type ProbeContext,
  probeAll,
  requestToken,
  SharedObjects,
  WatchingClient,
} from '../probes/index.ts';
import { connect } from '../targets/connections.ts';
import type { Cluster, IngressRoute } from '../targets/target.ts';
import { BackupFiles } from './backup-files.ts';
import type { DrillContext } from './drill-context.ts';
import { askedAnew, type Look, stillInOrder } from './look.ts';
import type { Measured } from './recovery-times.ts';

/** Resources that nothing makes, changes or removes by itself. */
const STEADY = new Set(['namespaces', 'configmaps', 'secrets', 'serviceaccounts', 'services']);
const USER_SENTINELS_MAX = 20;
const TOKEN_TIMEOUT_MS = 10_000;
/** Whatever asks every object, or an API server, would wait for what cannot answer. */
const DURING_A_FAULT: ReadonlySet<ObservableKind> = new Set([
  'member-status',
  'member-list',
  'peer-links',
  'member-log',
  'address-view',
]);

/** Looks at the cluster of one drill, and knows what it has to compare with. */
export class Lookout {
  readonly #context: DrillContext;
  readonly #cluster: Cluster;
  readonly #objects = new SharedObjects();
  readonly #backups: BackupFiles;
  readonly #leases: FollowedLeases | undefined;
  readonly #watching: WatchingClient[] = [];
  #sentinelsBefore: ObjectRef[];
  readonly #sentinelsAfter: ObjectRef[] = [];
  readonly #changed: ObjectRef[] = [];
  readonly #deleted: ObjectRef[] = [];
  readonly #tokens: KeptToken[] = [];
  #foretold: Foretold | undefined;
  #baseline: Look | undefined;
  #acknowledged: readonly Acknowledged[] = [];
  #highestRevision = 0;
  #firstRevisionServed: number | undefined;
  #recoveryStartedAtMs: number | null = null;

  constructor(
    context: DrillContext,
    cluster: Cluster,
    population: Population,
    leases?: FollowedLeases,
  ) {
    this.#context = context;
    this.#cluster = cluster;
    this.#leases = leases;
    this.#backups = new BackupFiles(cluster.backupDir, context.clock);
    this.#sentinelsBefore = population.sentinels;
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

  /** What a client that keeps writing is told, a list that grows. */
  follow(acknowledged: readonly Acknowledged[]): void {
    this.#acknowledged = acknowledged;
  }

  /** Some client has seen this revision. */
  saw(revision: number): void {
    this.#highestRevision = Math.max(this.#highestRevision, revision);
  }

  keepAsBaseline(look: Look): void {
    this.#baseline = look;
    if (this.#sentinelsBefore.length > 0) return;
    // A user's own data holds none of ours: some of its own objects serve.
    this.#sentinelsBefore = look.observations
      .flatMap((each) => (each.kind === 'etcd-objects' ? each.objects : []))
      .filter(({ group, resource }) => group === '' && STEADY.has(resource))
      .slice(0, USER_SENTINELS_MAX)
      .map(({ group, resource, namespace, name }) => ({ group, resource, namespace, name }));
  }

  /** Without what was wrong, or could not be looked at, before the fault already: a user's own data may hold it. */
  newOnly(examined: readonly Examined[]): Examined[] {
    const before = this.#baseline?.examined ?? [];
    const known = new Set(before.flatMap(({ examination }) => examination.findings.map(nameOf)));
    const unknown = new Set(
      before
        .filter(({ examination }) => examination.verdict === 'unknown')
        .map(({ check }) => check.name),
    );
    return examined.map(({ check, examination }) => {
      const findings = examination.findings.filter((found) => !known.has(nameOf(found)));
      const old =
        (examination.verdict === 'fail' && findings.length === 0) ||
        (examination.verdict === 'unknown' && unknown.has(check.name));
      const verdict = old ? 'pass' : examination.verdict;
      return { check, examination: { ...examination, verdict, findings } };
    });
  }

  /** What a restore of the backup will do, compared before the fault. */
  expects(foretold: Foretold): void {
    this.#foretold = foretold;
  }

  recoveryStarts(): void {
    if (this.#recoveryStartedAtMs !== null && this.#foretold !== undefined)
      this.#foretold = { ...this.#foretold, untouched: false };
    this.#recoveryStartedAtMs = this.#context.clock.nowMs();
    this.#firstRevisionServed = undefined;
  }

  /** Leaders may have been replaced, or have come back as they were. */
  forgetLeaders(): void {
    this.#leases?.forget();
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

  /** Gets the token of a client that keeps it, where the scenario follows one. */
  async keepToken(): Promise<void> {
    if (!this.#follows.includes('token')) return;
    const kept = await this.#requestToken();
    if (kept) this.#tokens.push(kept);
  }

  /** A token of an account that is in the backup. */
  async tokenOfSentinel(lifetimeSeconds: number): Promise<string | undefined> {
    return (await this.#requestToken(lifetimeSeconds))?.token;
  }

  async #requestToken(lifetimeSeconds?: number): Promise<KeptToken | undefined> {
    const home = this.#sentinelsBefore.find(({ resource }) => resource === 'serviceaccounts');
    if (home?.namespace == null) return undefined;
    const connections = connect(this.#cluster, TOKEN_TIMEOUT_MS);
    try {
      const [api] = connections.apiServers;
      return api && (await requestToken(api, home.namespace, home.name, lifetimeSeconds));
    } finally {
      connections.close();
    }
  }

  /** Nothing of it where there is no API server. */
  get #follows(): readonly Followed[] {
    return this.#cluster.apiServers.length === 0 ? [] : this.#context.plan.scenario.follows;
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

  /**
   * Asks everything anew and examines the answers.
   * @param before the look before it, when one waits for something: what is steady and was in order is taken from it.
   */
  async look(phase: CheckView['phase'], measured: Measured, before?: Look): Promise<Look> {
    const kept = before === undefined ? [] : stillInOrder(before);
    const taken = [...new Set(kept.map(({ kind }) => kind))];
    const probed = await this.#ask({
      ...(phase === 'impact' ? { only: DURING_A_FAULT, dialPeers: true } : {}),
      except: new Set(taken),
    });
    const observations = [...probed, ...kept, ...(await this.#backupsOfRecovery())];
    if (phase === 'verify') this.#firstRevisionServed ??= lowestOf(observations);
    else this.saw(highestOf(observations));
    const examined = this.#examine(phase, observations, measured);
    return { observations, examined, taken };
  }

  /** What the checks make of a look of a moment ago, now that more is measured; what it had not asked is asked. */
  async complete({ observations, taken }: Look, measured: Measured): Promise<Examined[]> {
    const asked = taken.length === 0 ? [] : await this.#ask({ only: new Set(taken) });
    return this.#examine('verify', askedAnew({ observations, taken }, asked), measured);
  }

  #ask(which: Pick<ProbeContext, 'only' | 'except' | 'dialPeers'>): Promise<Observation[]> {
    const { clock, signal, plan } = this.#context;
    return probeAll(this.#cluster, {
      sentinels: [...this.#sentinelsBefore, ...this.#sentinelsAfter],
      watchingClients: this.#watching,
      leases: this.#leases,
      controllers: plan.scenario.topology.controllers,
      follows: this.#follows,
      tokens: this.#tokens,
      ...which,
      objects: this.#objects,
      etcdPrefix: plan.snapshot?.etcdPrefix ?? '/registry',
      clock,
      signal,
    });
  }

  #examine(phase: CheckView['phase'], now: readonly Observation[], measured: Measured): Examined[] {
    const facts = this.#facts(measured);
    const baseline = this.#baseline?.observations;
    return examineAll({ phase, now, baseline, facts }, this.#context.plan.scenario.skipChecks);
  }

  async #backupsOfRecovery(): Promise<Observation[]> {
    const sinceMs = this.#recoveryStartedAtMs;
    if (sinceMs === null) return [];
    return this.#backups.look(sinceMs, (atMs) =>
      highestRevisionOf(this.#acknowledged.filter((write) => write.atMs < atMs)),
    );
  }

  #facts({ rto, rpo, unsettledMs, outages }: Measured): DrillFacts {
    const { scenario } = this.#context.plan;
    return {
      members: this.#cluster.members.map(({ host, name, peerUrl }) => ({ host, name, peerUrl })),
      apiServers: this.#cluster.apiServers.map(({ host }) => host),
      dnsServers: this.#cluster.dnsServers?.map(({ host }) => host),
      ingress: this.#cluster.ingress?.map(urlOf),
      nodes: this.#cluster.nodes?.().map(({ host }) => host),
      controllers: scenario.topology.controllers,
      highestRevisionSeen: this.#recoveryStartedAtMs === null ? 0 : this.#highestRevision,
      firstRevisionServed: this.#firstRevisionServed,
      recoveryStartedAtMs: this.#recoveryStartedAtMs,
      sentinelsBefore: this.#sentinelsBefore,
      sentinelsAfter: this.#sentinelsAfter,
      changedAfter: this.#changed,
      deletedAfter: this.#deleted,
      follows: this.#follows,
      foretold: this.#foretold,
      scratch: { namespaces: [CANARY_NAMESPACE, WATCHED_NAMESPACE], keyPrefixes: [PLAIN_CANARIES] },
      restores: scenario.restores,
      rto: rto && inWords(rto),
      unsettledMs,
      outages,
      rpo,
      budgets: scenario.budgets,
    };
  }
}

function inWords({ totalMs, ...milestones }: NonNullable<Measured['rto']>): DrillFacts['rto'] {
  const named = Object.entries(milestones).map(([name, ms]) => [milestoneName(name), ms]);
  return { totalMs, milestones: Object.fromEntries(named) };
}

function urlOf({ tls, hostName }: IngressRoute): string {
  return `${tls ? 'https' : 'http'}://${hostName}`;
}

/** The same finding at another time has the same name; counts and times in its message may differ. */
function nameOf({ code, where, objects }: Finding): string {
  return [code, where, ...objects.map(describeObject)].join('|');
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
