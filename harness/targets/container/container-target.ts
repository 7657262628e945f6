import type { Target } from '../target.ts';

/** Hosts as containers of Docker: own root, own owners, own address. */
export const containerTarget: Target = {
  name: 'container',
  capabilities: new Set([
    'power',
    'freeze',
    'files',
    'disk-quota',
    'disconnect',
    'partition',
    'one-way-cut',
    'latency',
    'packet-loss',
    'addresses',
    'rebuild',
    'numeric-owners',
    'own-paths',
  ]),
  unavailable: async () => {
    const { connectEngine } = await import('./engine.ts');
    const { whyTooFar } = await import('./reachability.ts');
    await connectEngine(); // No engine is an error to be repaired, not a drill to be skipped.
    return whyTooFar(process.platform, process.env.DOCKER_HOST);
  },
  lacks: async (capability, toolchain) => {
    const { lacks } = await import('./lacks.ts');
    return lacks(capability, toolchain);
  },
  provision: async (topology, context) => {
    const { provisionContainers } = await import('./provision.ts');
    return provisionContainers(topology, context);
  },
};
