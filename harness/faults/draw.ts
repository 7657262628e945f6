import type { FaultCall, RandomFaults, Scenario } from '../model/scenario.ts';
import type { Random } from '../support/random.ts';
import { faultByName } from './index.ts';

/** What a seed makes of a scenario's random faults. */
export interface Drawn {
  faults: FaultCall[];
  /** What must be seen to be broken afterwards. */
  impact: Scenario['impact'];
}

/**
 * Draws whom to strike and what with: one fault for each struck host. The same seed draws the same.
 * @param members every host that runs a member.
 */
export function drawFaults(
  { hosts, from }: RandomFaults,
  members: readonly string[],
  random: Random,
): Drawn {
  const quorum = Math.floor(members.length / 2) + 1;
  const size = hosts === 'either' ? random.pick(['minority', 'majority']) : hosts;
  // A minority of one member is that one: it is its own majority.
  const most = size === 'majority' ? members.length : Math.max(1, members.length - quorum);
  const least = size === 'majority' ? quorum : 1;
  const left = [...members];
  const strikes = Array.from({ length: least + random.below(most - least + 1) }, () => {
    const [host = ''] = left.splice(random.below(left.length), 1);
    const fault = from[random.below(from.length)] ?? '';
    const draw = faultByName(fault)?.draw;
    const call: FaultCall = { fault, hosts: [host], with: draw?.parameters?.(random) ?? {} };
    return { call, silences: draw?.silences ?? false };
  });
  // What leaves etcd running first: the others may take away what it needs to show that it struck.
  const ordered = strikes.toSorted((one, other) => Number(one.silences) - Number(other.silences));
  const silenced = strikes.filter(({ silences }) => silences).length;
  const lostQuorum = silenced > members.length - quorum;
  return {
    faults: ordered.map(({ call }) => call),
    impact: lostQuorum ? 'quorum' : silenced > 0 ? 'member' : 'none',
  };
}
