import { run } from '../../exec/run.ts';
import type { Capability } from '../target.ts';
import { TRIALS } from '../trials.ts';

/** Only inside the drill's world, where a network of one's own may be had and changed. */
export async function lacks(capability: Capability): Promise<string | undefined> {
  const trial = TRIALS[capability];
  if (!trial) return undefined;
  const args = ['--net', ...trial.command.split(' ')];
  const tried = await run('unshare', args, { timeoutMs: 10_000 });
  if (tried.exitCode === 0) return undefined;
  return `${trial.without}: ${tried.problem ?? tried.stderr.trim().split('\n')[0]}`;
}
