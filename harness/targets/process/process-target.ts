import type { Capability, Target } from '../target.ts';
import { lacks } from './lacks.ts';
import { provisionProcesses } from './provision.ts';
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
  provision: (topology, context) => provisionProcesses(topology, context, insideWorld()),
};
