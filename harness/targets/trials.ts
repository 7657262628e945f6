import type { Capability } from './target.ts';

/** What tells whether the kernel and its tools can do it, to be tried in a network of its own. */
export const TRIALS: Partial<Record<Capability, { command: string; without: string }>> = {
  latency: {
    command: 'tc qdisc add dev lo root netem delay 1ms',
    without: 'this kernel or its tools cannot delay packets (tc netem)',
  },
  'packet-loss': {
    command: 'iptables -A OUTPUT -m statistic --mode random --probability 0.1 -j DROP',
    without: 'this kernel or its tools cannot lose packets (iptables statistic)',
  },
};
