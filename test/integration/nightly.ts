import type { TestContext } from 'vitest';

/**
 * `KUBEDRILL_TESTS=nightly npm test` plays everything. CI has ninety minutes on two cores; what shows a way back
 * once more, or takes many minutes, as every drill with three kubeadm control planes does, is for the night.
 */
export const NIGHTLY: boolean = process.env.KUBEDRILL_TESTS === 'nightly';

export function skipUnlessNightly(context: TestContext): void {
  if (!NIGHTLY) context.skip('takes minutes that CI has not: KUBEDRILL_TESTS=nightly plays it');
}
