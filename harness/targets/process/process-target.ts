import type { Capability, Target } from '../target.ts';
import { lacks } from './lacks.ts';
import { insideWorld } from './world.ts';

const EVERYWHERE: readonly Capability[] = ['power', 'freeze', 'files', 'rebuild'];
const WITH_NAMESPACES: readonly Capability[] = [
  'disk-quota',
  'disconnect',
  'partition',
  'one-way-cut',
  'latency',
  'packet-loss',
  'addresses',
  'own-paths',
  'workers',
];

/** Hosts as namespaces of this machine; where those are not allowed, as folders and plain processes. */
export const processTarget: Target = {
  name: 'process',
  get capabilities() {
    return new Set(insideWorld() ? [...EVERYWHERE, ...WITH_NAMESPACES] : EVERYWHERE);
  },
  unavailable: async () =>
    process.platform === 'linux'
      ? undefined
      : 'hosts as processes need Linux; use --target container',
  lacks,
  provision: async (topology, context) => {
    // Not for the process that only makes the plan: keys and etcd's client are half of what is loaded.
    const { provisionProcesses } = await import('./provision.ts');
    return provisionProcesses(topology, context, insideWorld());
  },
};
