import { run } from '../../exec/run.ts';
import type { Capability } from '../target.ts';

/** What tells whether the kernel and its tools can do it, tried in a network of its own. */
const TRIALS: Partial<Record<Capability, { command: string; without: string }>> = {
  latency: {
    command: 'tc qdisc add dev lo root netem delay 1ms',
    without: 'this kernel or its tools cannot delay packets (tc netem)',
  },
  'packet-loss': {
    command: 'iptables -A OUTPUT -m statistic --mode random --probability 0.1 -j DROP',
    without: 'this kernel or its tools cannot lose packets (iptables statistic)',
  },
};

/** Only inside the drill's world, where a network of one's own may be had and changed. */
export async function lacks(capability: Capability): Promise<string | undefined> {
  const trial = TRIALS[capability];
  if (!trial) return undefined;
  const args = ['--net', ...trial.command.split(' ')];
  const tried = await run('unshare', args, { timeoutMs: 10_000 });
  if (tried.exitCode === 0) return undefined;
  return `${trial.without}: ${tried.problem ?? tried.stderr.trim().split('\n')[0]}`;
}
