import { describe, expect, it } from 'vitest';
import { someText } from '../../../harness/populate/some-text.ts';
import { seededRandom } from '../../../harness/support/random.ts';

describe('some text', () => {
  it.each([0, 1, 6, 7, 300])('has the length %i and only letters and digits', (length) => {
    expect(someText(seededRandom(1), length)).toMatch(new RegExp(`^[a-z0-9]{${length}}$`));
  });

  it('is the same for the same seed, and other text for another one and for the next call', () => {
    const random = seededRandom(1);
    const first = someText(random, 40);
    expect(someText(seededRandom(1), 40)).toBe(first);
    expect(someText(seededRandom(2), 40)).not.toBe(first);
    expect(someText(random, 40)).not.toBe(first);
  });
});
