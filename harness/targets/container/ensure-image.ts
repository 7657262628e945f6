import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../support/clock.ts';
import { cacheFolder, makeStaging } from '../../toolchain/cache.ts';
import { withLock } from '../../toolchain/lock.ts';
import type { Owner } from '../../toolchain/owner.ts';
import { type OnProgress, reportStep } from '../../toolchain/progress.ts';
import { ensureBase, hasImage } from './base-image.ts';
import { buildImage } from './build-image.ts';
import { connectEngine } from './engine.ts';
import { type ImageContext, layOut } from './image-context.ts';

const LOCK_TIMEOUT_MS = 30 * 60_000;

export interface ImageOptions {
  onProgress: OnProgress;
  signal?: AbortSignal | undefined;
  clock?: Clock;
  env?: NodeJS.ProcessEnv;
}

/**
 * An image of ours, built when no build of the same content is there.
 * It is built alone; a build that fails or is stopped leaves nothing.
 * @param kind what it is for: `host` is named `kubedrill-host:4f1c…`.
 * @throws DrillError environment: no Docker, no base image, a failed build with its last lines;
 *   interrupted: `signal` aborted.
 */
export async function ensureImage(
  kind: string,
  context: ImageContext,
  { onProgress, signal, clock = systemClock, env = process.env }: ImageOptions,
): Promise<string> {
  const engine = await connectEngine(env);
  const repository = `kubedrill-${kind}`;
  const name = `${repository}:${context.hash}`;
  if (await hasImage(engine, name)) return name;
  // Among the versions of tools, so that `clean` sweeps what a killed build leaves.
  const folder = join(cacheFolder(env), 'toolchain', repository);
  const onWait = (owner: Owner, elapsedMs: number) =>
    onProgress({
      step: `wait for ${repository}`,
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
        await buildImage(engine, staging, { name, kind, holds: context.holds }, options);
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });
  return name;
}
