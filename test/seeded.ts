import fc from 'fast-check';

const DEFAULT_SEED = 20_261_121;

/**
 * What the tests that draw their input draw it from. The same for everybody, so that a change is
 * judged by what it changed; `KUBEDRILL_SEED=random` looks further, and a number looks again.
 */
export const seed = seedOf(process.env.KUBEDRILL_SEED);
fc.configureGlobal({ seed });

function seedOf(asked: string | undefined): number {
  if (asked === 'random') return Date.now() % 2 ** 31;
  return asked === undefined ? DEFAULT_SEED : Number(asked);
}

export { fc };
