import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { CustomResource } from '../model/observation.ts';
import { inParallel } from '../support/parallel.ts';
import { type Probe, problemOf, seen, throughEach } from './probe.ts';

const CONCURRENCY = 4;

const definitionSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    group: z.string(),
    names: z.object({ plural: z.string() }),
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
  }),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      storedVersions: z.array(z.string()).default([]),
    })
    .default({ conditions: [], storedVersions: [] }),
});
type Definition = z.infer<typeof definitionSchema>;

/** Whether every version that a definition promises can be listed. */
export const customResource: Probe = {
  kind: 'custom-resource',
  needs: 'kubernetes',
  look: (at) =>
    throughEach(at, 'custom-resource', at.apiServers, async ({ api }, host) => {
      const definitions: Definition[] = [];
      await api.list(RESOURCES.customResourceDefinitions, {
        mode: 'consistent',
        signal: at.signal,
        onItem: (item) => definitions.push(definitionSchema.parse(item)),
      });
      return inParallel(definitions, CONCURRENCY, async ({ metadata, spec, status }) => ({
        kind: 'custom-resource' as const,
        name: metadata.name,
        group: spec.group,
        resource: spec.names.plural,
        established: status.conditions.some(
          (condition) => condition.type === 'Established' && condition.status === 'True',
        ),
        storedVersions: status.storedVersions,
        versions: await inParallel(spec.versions, CONCURRENCY, (version) =>
          listVersion(api, spec, version),
        ),
        ...seen(at, host),
      }));
    }),
};

async function listVersion(
  api: ApiServer,
  { group, names }: Definition['spec'],
  { name, served }: { name: string; served: boolean },
): Promise<CustomResource['versions'][number]> {
  if (!served) return { name, served, listed: null, error: null };
  let listed = 0;
  try {
    await api.list(
      { group, version: name, resource: names.plural },
      {
        mode: 'consistent',
        onItem: () => {
          listed += 1;
        },
      },
    );
    return { name, served, listed, error: null };
  } catch (thrown) {
    return { name, served, listed: null, error: problemOf(thrown) };
  }
}
