import { beforeEach } from 'vitest';
import type { TargetName } from '../../harness/model/scenario.ts';
import { containerTarget } from '../../harness/targets/container/container-target.ts';
import { namespacesForbidden } from '../../harness/targets/process/world.ts';

/**
 * Skips the tests of a file with the reason where this machine cannot run a target. Where
 * `KUBEDRILL_REQUIRE` names the target (`process,container,kind`), that fails them instead.
 */
export async function requireTarget(target: Exclude<TargetName, 'kind'>): Promise<void> {
  const missing = await WHY_NOT[target]();
  beforeEach((context) => {
    if (missing === undefined) return;
    const required = (process.env.KUBEDRILL_REQUIRE ?? '').split(',').includes(target);
    if (required) throw new Error(`target ${target} is required here and cannot run: ${missing}`);
    context.skip(`target ${target} cannot run here: ${missing}`);
  });
}

const WHY_NOT = {
  process: async () => {
    if (process.platform !== 'linux') return 'it needs Linux';
    const forbidden = await namespacesForbidden();
    return forbidden && `namespaces are not allowed: ${forbidden}`;
  },
  container: () => containerTarget.unavailable(),
};
