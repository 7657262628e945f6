import { z } from 'zod';
import { RESOURCES } from '../kube/resources.ts';
import type { NodeObjects } from '../model/node-observation.ts';
import { type Probe, seen } from './probe.ts';
import { listAll, throughOne } from './through-one.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const LEASES_NAMESPACE = 'kube-node-lease';

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
});
const leaseSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ renewTime: z.string().nullish() }).prefault({}),
});
const readySchema = z.enum(['True', 'False', 'Unknown']).catch('Unknown');

/** The Nodes that the API has, and when each kubelet was last heard of. */
export const nodes: Probe = {
  kind: 'nodes',
  needs: 'nodes',
  look: (at) =>
    throughOne(at, 'nodes', async (api) => {
      const [objects, leases] = await Promise.all([
        listAll(api, NODES),
        listAll(api, RESOURCES.leases, LEASES_NAMESPACE),
      ]);
      const renewed = new Map(
        leases.map((lease) => {
          const { metadata, spec } = leaseSchema.parse(lease);
          return [metadata.name, spec.renewTime ? Date.parse(spec.renewTime) : null];
        }),
      );
      const seenNodes = objects.map((object): NodeObjects['nodes'][number] => {
        const { metadata, status } = nodeSchema.parse(object);
        const ready = status.conditions.find(({ type }) => type === 'Ready')?.status;
        return {
          name: metadata.name,
          ready: readySchema.parse(ready),
          leaseRenewedAtMs: renewed.get(metadata.name) ?? null,
        };
      });
      return [{ kind: 'nodes', nodes: seenNodes, ...seen(at, api.host) }];
    }),
};
