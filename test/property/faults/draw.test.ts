import { describe, expect, it } from 'vitest';
import { drawFaults } from '../../../harness/faults/draw.ts';
import { FAULTS, faultByName } from '../../../harness/faults/index.ts';
import type { RandomFaults } from '../../../harness/model/scenario.ts';
import { seededRandom } from '../../../harness/support/random.ts';
import { fc } from '../../seeded.ts';

const DRAWABLE = FAULTS.filter(({ draw }) => draw !== undefined).map(({ name }) => name);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const wishes: fc.Arbitrary<RandomFaults> = fc.record({
  hosts: fc.constantFrom('minority', 'majority', 'either'),
  from: fc.subarray(DRAWABLE, { minLength: 1 }),
});
const clusters = fc
  .constantFrom(1, 3, 5)
  .map((size) => Array.from({ length: size }, (_, index) => `etcd-${index + 1}`));

describe('random faults', () => {
  it('are the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, wishes, clusters, (seed, wish, members) => {
        const [one, other] = [seed, seed].map((each) =>
          drawFaults(wish, members, seededRandom(each)),
        );
        expect(one).toEqual(other);
      }),
    );
  });

  it('strike each of so many hosts once, with parameters that the fault takes', () => {
    fc.assert(
      fc.property(seeds, wishes, clusters, (seed, wish, members) => {
        const { faults } = drawFaults(wish, members, seededRandom(seed));
        const struck = faults.flatMap(({ hosts }) => hosts);
        expect(new Set(struck).size).toBe(struck.length);
        expect(members).toEqual(expect.arrayContaining(struck));
        const quorum = Math.floor(members.length / 2) + 1;
        const left = members.length - struck.length;
        if (wish.hosts === 'majority') expect(left).toBeLessThan(quorum);
        if (wish.hosts === 'minority' && members.length > 1) {
          expect(left).toBeGreaterThanOrEqual(quorum);
        }
        for (const call of faults) {
          expect(wish.from).toContain(call.fault);
          expect(faultByName(call.fault)?.parameters.safeParse(call.with).success).toBe(true);
        }
      }),
    );
  });

  it('ask for no more damage than the struck members must show', () => {
    fc.assert(
      fc.property(seeds, wishes, clusters, (seed, wish, members) => {
        const { faults, impact } = drawFaults(wish, members, seededRandom(seed));
        const silenced = faults.filter(({ fault }) => faultByName(fault)?.draw?.silences).length;
        const answering = members.length - silenced;
        expect(impact === 'none').toBe(silenced === 0);
        expect(impact === 'quorum').toBe(answering < Math.floor(members.length / 2) + 1);
      }),
    );
  });

  it('are all drawn sooner or later, and so is every size', () => {
    const members = ['etcd-1', 'etcd-2', 'etcd-3'];
    const drawn = Array.from({ length: 200 }, (_, seed) =>
      drawFaults({ hosts: 'either', from: DRAWABLE }, members, seededRandom(seed)),
    );
    const names = drawn.flatMap(({ faults }) => faults.map(({ fault }) => fault));
    expect([...new Set(names)].sort()).toEqual(DRAWABLE.toSorted());
    expect([...new Set(drawn.map(({ faults }) => faults.length))].sort()).toEqual([1, 2, 3]);
  });
});
