import { beforeEach } from 'vitest';
import type { TargetName } from '../../harness/model/scenario.ts';
import { messageOf } from '../../harness/support/errors.ts';
import { containerTarget } from '../../harness/targets/container/container-target.ts';
import { kindTarget } from '../../harness/targets/kind/kind-target.ts';
import { namespacesForbidden } from '../../harness/targets/process/world.ts';

/**
 * Skips the tests of a file with the reason where this machine cannot run a target. Where
 * `KUBEDRILL_REQUIRE` names the target (`process,container,kind`), that fails them instead.
 * @returns whether it can run, for what is made before the first test.
 */
export async function requireTarget(target: TargetName): Promise<boolean> {
  const missing = await WHY_NOT[target]();
  beforeEach((context) => {
    if (missing === undefined) return;
    if (isRequired(target))
      throw new Error(`target ${target} is required here and cannot run: ${missing}`);
    context.skip(`target ${target} cannot run here: ${missing}`);
  });
  return missing === undefined;
}

function isRequired(target: TargetName): boolean {
  return (process.env.KUBEDRILL_REQUIRE ?? '').split(',').includes(target);
}

const WHY_NOT = {
  process: async () => {
    if (process.platform !== 'linux') return 'it needs Linux';
    const forbidden = await namespacesForbidden();
    return forbidden && `namespaces are not allowed: ${forbidden}`;
  },
  container: () => containerTarget.unavailable().catch(messageOf),
  // Its drills take minutes each.
  kind: async () =>
    isRequired('kind')
      ? kindTarget({ image: undefined }).unavailable().catch(messageOf)
      : 'KUBEDRILL_REQUIRE=kind runs it',
};
