import { describe, expect, it } from 'vitest';
import { chooseHosts } from '../../../harness/runner/choose-hosts.ts';
import { seededRandom } from '../../../harness/support/random.ts';

const HOSTS = ['cp-1', 'cp-2', 'cp-3', 'cp-4', 'cp-5'];
const SEEDS = Array.from({ length: 30 }, (_, seed) => seed);

describe('the hosts that a fault strikes', () => {
  it.each([
    ['one', 1, 1],
    ['one', 3, 1],
    ['minority', 3, 1],
    ['minority', 5, 2],
    ['majority', 1, 1],
    ['majority', 3, 2],
    ['majority', 5, 3],
    ['all', 5, 5],
  ] as const)('%s of %i are %i, each once and in name order', (selector, of, count) => {
    for (const seed of SEEDS) {
      const chosen = chooseHosts(selector, HOSTS.slice(0, of), seededRandom(seed));
      expect(chosen).toHaveLength(count);
      expect(chosen).toEqual([...new Set(chosen)].toSorted());
      expect(HOSTS).toEqual(expect.arrayContaining(chosen));
    }
  });

  it('are the same again with the same seed, and sooner or later each of them', () => {
    const ofSeed = (seed: number) => chooseHosts('majority', HOSTS, seededRandom(seed));
    for (const seed of SEEDS) expect(ofSeed(seed)).toEqual(ofSeed(seed));
    expect(new Set(SEEDS.flatMap(ofSeed)).size).toBe(HOSTS.length);
  });

  it('are those that are named, in name order, whatever the seed', () => {
    expect(chooseHosts(['cp-3', 'cp-1'], HOSTS, seededRandom(1))).toEqual(['cp-1', 'cp-3']);
  });

  it('must be hosts of the drill', () => {
    expect(() => chooseHosts(['cp-1', 'cp-9'], HOSTS, seededRandom(1))).toThrow(
      expect.objectContaining({
        kind: 'usage',
        happened: 'there is no host cp-9; this drill has cp-1, cp-2, cp-3, cp-4, cp-5',
      }),
    );
  });
});
