import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../support/clock.ts';
import { packageRoot } from '../../support/package-root.ts';
import { cacheFolder, makeStaging } from '../../toolchain/cache.ts';
import { withLock } from '../../toolchain/lock.ts';
import type { Owner } from '../../toolchain/owner.ts';
import { type OnProgress, reportStep } from '../../toolchain/progress.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';
import { ensureBase, hasImage } from './base-image.ts';
import { buildImage } from './build-image.ts';
import { connectEngine } from './engine.ts';
import { contextOf, layOut } from './image-context.ts';

const REPOSITORY = 'kubedrill-host';
const LOCK_TIMEOUT_MS = 30 * 60_000;
const dockerfileFolder = join(packageRoot, 'ci/images/host');

export interface HostImageOptions {
  onProgress: OnProgress;
  signal?: AbortSignal | undefined;
  clock?: Clock;
  env?: NodeJS.ProcessEnv;
}

/**
 * The image of a container host with these tools, built when no build of the same content is there.
 * It is built alone; a build that fails or is stopped leaves nothing.
 * @returns its name: `kubedrill-host:4f1c…`.
 * @throws DrillError environment: no Docker, no base image, a failed build with its last lines;
 *   interrupted: `signal` aborted.
 */
export async function ensureHostImage(
  toolchain: Toolchain,
  { onProgress, signal, clock = systemClock, env = process.env }: HostImageOptions,
): Promise<string> {
  const engine = await connectEngine(env);
  const context = await contextOf(dockerfileFolder, toolchain);
  const name = `${REPOSITORY}:${context.hash}`;
  if (await hasImage(engine, name)) return name;
  // Among the versions of tools, so that `clean` sweeps what a killed build leaves.
  const folder = join(cacheFolder(env), 'toolchain', REPOSITORY);
  const onWait = (owner: Owner, elapsedMs: number) =>
    onProgress({
      step: 'wait for the host image',
      state: 'running',
      elapsedMs,
      detail: `another kubedrill (pid ${owner.pid}) is building it`,
    });
  const lock = { clock, signal, timeoutMs: LOCK_TIMEOUT_MS, onWait };
  await withLock(join(folder, '.lock'), lock, async () => {
    if (await hasImage(engine, name)) return;
    const staging = await makeStaging(folder);
    try {
      await reportStep(`build ${name}`, { clock, onProgress }, async (say) => {
        const options = { signal, env, say };
        await ensureBase(engine, staging, options);
        await layOut(context, staging);
        await buildImage(engine, staging, { name, kind: 'host' }, options);
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });
  return name;
}
