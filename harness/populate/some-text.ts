import type { Random } from '../support/random.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Text that does not compress to nothing and is the same for the same seed. */
export function someText(random: Random, length: number): string {
  let text = '';
  for (let index = 0; index < length; index += 1)
    text += LETTERS.charAt(random.below(LETTERS.length));
  return text;
}
