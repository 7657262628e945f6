import type { TestContext } from 'vitest';

const DAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;
export type Day = (typeof DAYS)[number];

/** `KUBEDRILL_TESTS=nightly npm test` plays everything, whatever day it is. */
export const EVERYTHING: boolean = process.env.KUBEDRILL_TESTS === 'nightly';

/** `KUBEDRILL_DAY=Friday npm test` plays Friday's turn. Decided once: a run may last beyond midnight. */
const TODAY: string =
  process.env.KUBEDRILL_DAY ??
  new Date().toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });

/**
 * CI has ninety minutes on two cores, which do not hold all drills on all targets. What many changes could break is
 * played every day; of the dear rest each has its day of the week.
 */
export function skipUnlessItIs(day: Day, context: TestContext): void {
  if (!EVERYTHING && day !== TODAY)
    context.skip(
      `its turn is on ${day}: KUBEDRILL_DAY=${day} plays it, KUBEDRILL_TESTS=nightly plays everything`,
    );
}

/** Gives each the day after the one before. */
export function inTurn<T>(items: readonly T[], first: Day = 'Monday'): [item: T, day: Day][] {
  const days = [...DAYS, ...DAYS].slice(DAYS.indexOf(first), DAYS.indexOf(first) + DAYS.length);
  return items.map((item, index) => [item, days[index % days.length] ?? first]);
}
