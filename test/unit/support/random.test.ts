import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../harness/support/random.ts';

const drawn = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('random numbers of a seed', () => {
  it('are the same again with the same seed, and others with another', () => {
    expect(drawn(7, 100)).toEqual(drawn(7, 100));
    expect(drawn(7, 100)).not.toEqual(drawn(8, 100));
  });

  it('are the same on every machine and in every version: printed seeds go on to replay', () => {
    const random = seededRandom(42);
    expect([random.below(1000), random.below(1000), random.below(1000)]).toEqual([601, 448, 852]);
  });

  it('are spread over the whole range and never reach its end', () => {
    const counts = new Array<number>(10).fill(0);
    for (const number of drawn(1, 10_000)) {
      const tenth = Math.floor(number * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    expect(counts).toHaveLength(10);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('pick each of some things sooner or later', () => {
    const random = seededRandom(3);
    const picked = new Set(Array.from({ length: 50 }, () => random.pick(['a', 'b', 'c'])));
    expect([...picked].sort()).toEqual(['a', 'b', 'c']);
  });
});
