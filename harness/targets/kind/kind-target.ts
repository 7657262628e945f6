import type { Target } from '../target.ts';
import type { KindChoice } from './provision.ts';

/** Nodes of a real kubeadm cluster, made by kind. */
export function kindTarget(choice: KindChoice): Target {
  return {
    name: 'kind',
    capabilities: new Set([
      'power',
      'freeze',
      'files',
      'rebuild',
      'numeric-owners',
      'own-paths',
      'workers',
    ]),
    unavailable: async () => {
      const { connectEngine } = await import('../container/engine.ts');
      await connectEngine(); // No engine is an error to be repaired, not a drill to be skipped.
      return undefined;
    },
    lacks: async () => undefined,
    provision: async (topology, context) => {
      const { provisionKind } = await import('./provision.ts');
      return provisionKind(topology, context, choice);
    },
  };
}
