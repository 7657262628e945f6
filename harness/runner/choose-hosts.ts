import type { HostSelector } from '../model/scenario.ts';
import { usageError } from '../support/errors.ts';
import type { Random } from '../support/random.ts';

/**
 * The hosts that a fault strikes, in name order; chosen by the seed where a number is asked for.
 * @throws DrillError (usage) for a host that the drill does not have.
 */
export function chooseHosts(
  selector: HostSelector,
  hosts: readonly string[],
  random: Random,
): string[] {
  if (Array.isArray(selector)) {
    const unknown = selector.find((host) => !hosts.includes(host));
    if (unknown === undefined) return [...new Set(selector)].sort();
    throw usageError(
      'choose the hosts of a fault',
      `there is no host ${unknown}; this drill has ${hosts.join(', ')}`,
    );
  }
  const counts = {
    one: 1,
    minority: Math.max(1, Math.ceil(hosts.length / 2) - 1),
    majority: Math.floor(hosts.length / 2) + 1,
    all: hosts.length,
  };
  const left = [...hosts];
  const chosen: string[] = [];
  for (let count = counts[selector]; count > 0; count -= 1) {
    chosen.push(...left.splice(random.below(left.length), 1));
  }
  return chosen.toSorted();
}
