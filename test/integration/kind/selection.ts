import type { TestContext } from 'vitest';

const ALL = process.env.KUBEDRILL_KIND_DRILLS === 'all';

/**
 * Each drill on kind takes minutes. CI runs those that together show every way back that kubeadm documents; what
 * shows one of these ways once more runs at night.
 */
export function skipUnlessNightly(context: TestContext): void {
  if (!ALL)
    context.skip('takes minutes and shows what a drill of CI shows: KUBEDRILL_KIND_DRILLS=all');
}
