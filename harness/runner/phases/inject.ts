import { faultByName } from '../../faults/index.ts';
import type { Cluster } from '../../targets/target.ts';
import { chooseHosts } from '../choose-hosts.ts';
import type { Damage, DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';

/** What the faults did. */
export interface Injected extends Damage {
  /** When the first one began; milliseconds since 1970. */
  atMs: number;
  /** Undoes what outlives the recovery, last first. */
  heal(): Promise<void>;
}

/**
 * Strikes with every fault of the scenario, in its order.
 * @throws DrillEnd (ineffective) when one did not take effect.
 */
export async function inject(
  context: DrillContext,
  cluster: Cluster,
  memberIds: Readonly<Record<string, string>>,
): Promise<Injected> {
  const { plan, journal, random } = context;
  const memberHosts = cluster.members.map((member) => member.host);
  const atMs = context.clock.nowMs();
  const lost = new Set<string>();
  const heals: (() => Promise<void>)[] = [];
  context.cleanup.register('faults to heal', () => healAll(heals));
  for (const call of plan.scenario.faults) {
    const fault = faultByName(call.fault);
    if (!fault) throw new Error(`fault ${call.fault} was planned but does not exist`);
    const hosts = chooseHosts(call.hosts, memberHosts, random);
    const parameters = fault.parameters.parse(call.with);
    const injection = await fault.inject({ cluster, hosts, parameters });
    heals.push(injection.heal);
    for (const host of hosts) lost.add(host);
    journal.write({
      type: 'fault',
      call,
      hosts,
      took: injection.took,
      evidence: injection.evidence,
    });
    if (injection.took === 'no-effect') {
      throw new DrillEnd(
        'ineffective',
        `fault ${call.fault} did not strike: ${injection.evidence}`,
      );
    }
  }
  return { atMs, lost: [...lost].sort(), memberIds, heal: () => healAll(heals) };
}

async function healAll(heals: (() => Promise<void>)[]): Promise<void> {
  for (let heal = heals.pop(); heal; heal = heals.pop()) await heal();
}
