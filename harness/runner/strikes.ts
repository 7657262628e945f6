import { faultByName } from '../faults/index.ts';
import type { FaultCall } from '../model/scenario.ts';
import { usageError } from '../support/errors.ts';
import type { Random } from '../support/random.ts';
import type { Cluster } from '../targets/target.ts';
import { chooseHosts } from './choose-hosts.ts';
import type { Damage, DrillContext } from './drill-context.ts';

/** What came of one strike. */
export interface Strike {
  hosts: string[];
  took: 'effect' | 'no-effect';
  evidence: string;
  heal(): Promise<void>;
}

/** Every fault that struck in this drill, whoever asked for it, and what undoes them. */
export class Strikes implements Damage {
  readonly memberIds: Readonly<Record<string, string>>;
  readonly #context: DrillContext;
  readonly #cluster: Cluster;
  readonly #lost = new Set<string>();
  #heals: (() => Promise<void>)[] = [];

  /** @param memberIds by host, as they were before the first strike. */
  constructor(
    context: DrillContext,
    cluster: Cluster,
    memberIds: Readonly<Record<string, string>>,
  ) {
    this.#context = context;
    this.#cluster = cluster;
    this.memberIds = memberIds;
    context.cleanup.register('faults to heal', () => this.heal());
  }

  /** Hosts that were struck, in name order. */
  get lost(): string[] {
    return [...this.#lost].sort();
  }

  /** Whom something else than a fault struck. @throws DrillError (usage) for a host that there is not. */
  struck(hosts: readonly string[]): void {
    for (const host of chooseHosts([...hosts], this.#memberHosts(), this.#context.random))
      this.#lost.add(host);
  }

  /**
   * Strikes and writes it down.
   * @throws DrillError (usage) for a fault, a host or a parameter that there is not.
   */
  async strike(call: FaultCall, random: Random): Promise<Strike> {
    const fault = faultByName(call.fault);
    if (!fault) throw usageError(`strike with ${call.fault}`, 'there is no such fault');
    const hosts = chooseHosts(call.hosts, this.#memberHosts(), random);
    const parsed = fault.parameters.safeParse(call.with);
    if (!parsed.success) {
      const [problem] = parsed.error.issues;
      const where = problem?.path.join('.') ?? '';
      throw usageError(`strike with ${call.fault}`, `${where} ${problem?.message ?? ''}`.trim());
    }
    const { took, evidence, heal } = await fault.inject({
      cluster: this.#cluster,
      hosts,
      parameters: parsed.data,
    });
    this.#heals.push(heal);
    for (const host of hosts) this.#lost.add(host);
    this.#context.journal.write({ type: 'fault', call, hosts, took, evidence });
    return { hosts, took, evidence, heal };
  }

  /** Undoes what outlives the recovery, last first. */
  async heal(): Promise<void> {
    const heals = this.#heals;
    this.#heals = [];
    for (const heal of heals.reverse()) await heal();
  }

  #memberHosts(): string[] {
    return this.#cluster.members.map(({ host }) => host);
  }
}
