import type { Random } from '../support/random.ts';

/** Letters and digits that one draw gives. */
const BLOCK = 6;

/** Text that does not compress to nothing and is the same for the same seed. */
export function someText(random: Random, length: number): string {
  let text = '';
  while (text.length < length)
    text += random
      .below(36 ** BLOCK)
      .toString(36)
      .padStart(BLOCK, '0');
  return text.slice(0, length);
}
