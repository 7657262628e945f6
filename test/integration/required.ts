import { beforeEach } from 'vitest';
import type { TargetName } from '../../harness/model/scenario.ts';
import { messageOf } from '../../harness/support/errors.ts';
import { connectEngine } from '../../harness/targets/container/engine.ts';
import { namespacesForbidden } from '../../harness/targets/process/world.ts';

/**
 * Skips the tests of a file with the reason where this machine cannot run a target. Where
 * `KUBEDRILL_REQUIRE` names the target (`process,container,kind`), that fails them instead.
 */
export async function requireTarget(target: TargetName): Promise<void> {
  const missing = await (target === 'process' ? whyNoNamespaces() : whyNoEngine());
  beforeEach((context) => {
    if (missing === undefined) return;
    const required = (process.env.KUBEDRILL_REQUIRE ?? '').split(',').includes(target);
    if (required) throw new Error(`target ${target} is required here and cannot run: ${missing}`);
    context.skip(`target ${target} cannot run here: ${missing}`);
  });
}

async function whyNoEngine(): Promise<string | undefined> {
  return connectEngine().then(() => undefined, messageOf);
}

async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs Linux';
  const forbidden = await namespacesForbidden();
  return forbidden && `namespaces are not allowed: ${forbidden}`;
}
