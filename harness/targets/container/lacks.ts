import { systemClock } from '../../support/clock.ts';
import { newRunId } from '../../support/ids.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';
import type { Capability } from '../target.ts';
import { TRIALS } from '../trials.ts';
import { connectEngine } from './engine.ts';
import { ensureHostImage } from './host-image.ts';
import { idleContainer } from './idle-container.ts';

/** Tried in a container of its own: the kernel is the engine's, the tools are the image's. */
export async function lacks(
  capability: Capability,
  toolchain: Toolchain,
): Promise<string | undefined> {
  const trial = TRIALS[capability];
  if (!trial) return undefined;
  const engine = await connectEngine();
  const image = await ensureHostImage(toolchain, { onProgress: () => {} });
  const runId = newRunId(systemClock.nowMs());
  await using idle = await idleContainer(engine, { image, runId, volumes: [] });
  const tried = await idle.shell.run(trial.command, { timeoutMs: 10_000 });
  if (tried.exitCode === 0) return undefined;
  return `${trial.without}: ${tried.problem ?? tried.stderr.trim().split('\n')[0]}`;
}
