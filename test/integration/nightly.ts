import type { TestContext } from 'vitest';

/**
 * `KUBEDRILL_TESTS=nightly npm test` plays everything. CI has ninety minutes on two cores and plays what together shows
 * every way back; what shows one of them once more, or takes many minutes, is for the night.
 */
export const NIGHTLY: boolean = process.env.KUBEDRILL_TESTS === 'nightly';

export function skipUnlessNightly(context: TestContext): void {
  if (!NIGHTLY)
    context.skip('takes minutes and shows what a drill of CI shows: KUBEDRILL_TESTS=nightly');
}
