import { z } from 'zod';
import type { ApiServer, CallOptions } from './api-server.ts';
import type { ApiResource } from './resource.ts';

export interface Discovered extends ApiResource {
  /** Whether it is the version that the server prefers for its group. */
  preferred: boolean;
}

/** Both halves of the API in one answer each. Source: KEP 3352, GA in Kubernetes 1.30. */
const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const discoverySchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default('') }).default({ name: '' }),
      versions: z
        .array(
          z.object({
            version: z.string(),
            resources: z
              .array(
                z.object({
                  resource: z.string(),
                  responseKind: z.object({ kind: z.string() }).optional(),
                  scope: z.string(),
                  verbs: z.array(z.string()).default([]),
                }),
              )
              .default([]),
          }),
        )
        .default([]),
    }),
  ),
});

/** Lists that are computed, and views of what another group already lists. */
const NOT_STORED = new Set(['/componentstatuses', 'events.k8s.io/events']);

export async function discover(server: ApiServer, options: CallOptions): Promise<Discovered[]> {
  const answers = await Promise.all(
    ['/api', '/apis'].map((path) => server.json('GET', path, { ...options, accept: ACCEPT })),
  );
  return answers.flatMap((answer) =>
    discoverySchema.parse(answer).items.flatMap((group) => resourcesOf(group)),
  );
}

function resourcesOf(group: z.infer<typeof discoverySchema>['items'][number]): Discovered[] {
  const name = group.metadata.name;
  const seen = new Set<string>();
  return group.versions.flatMap(({ version, resources }) =>
    resources
      .filter(
        ({ resource, verbs }) => verbs.includes('list') && !NOT_STORED.has(`${name}/${resource}`),
      )
      .map(({ resource, responseKind, scope }) => {
        // Versions come in the order of preference.
        const preferred = !seen.has(resource);
        seen.add(resource);
        const kind = responseKind?.kind ?? '';
        return {
          group: name,
          version,
          resource,
          kind,
          namespaced: scope === 'Namespaced',
          preferred,
        };
      }),
  );
}
