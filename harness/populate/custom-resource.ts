import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import type { ApiServer } from '../kube/api-server.ts';
import { CUSTOM_GROUP, CUSTOM_PLURAL } from '../kube/drill-objects.ts';
import type { ApiResource } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Random } from '../support/random.ts';
import { done, until } from '../support/until.ts';
import { someText } from './some-text.ts';
import type { Planned } from './writer.ts';

const REHEARSALS: ApiResource = {
  group: CUSTOM_GROUP,
  version: 'v1',
  resource: CUSTOM_PLURAL,
  kind: 'Rehearsal',
  namespaced: true,
};

/** A definition with an old and a stored version, as most grown-up operators have. */
export function rehearsalDefinition(): Planned {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  };
  const object = {
    metadata: { name: `${CUSTOM_PLURAL}.${CUSTOM_GROUP}` },
    spec: {
      group: CUSTOM_GROUP,
      scope: 'Namespaced',
      names: { plural: CUSTOM_PLURAL, singular: 'rehearsal', kind: 'Rehearsal' },
      versions: [
        { name: 'v1alpha1', served: true, storage: false, schema },
        { name: 'v1', served: true, storage: true, schema },
      ],
    },
  } satisfies V1CustomResourceDefinition;
  return { resource: RESOURCES.customResourceDefinitions, object };
}

export function rehearsal(namespace: string, name: string, random: Random): Planned {
  const object = { metadata: { name, namespace }, spec: { runbook: someText(random, 12) } };
  return { resource: REHEARSALS, object };
}

/** Each API server takes its own time to serve a new definition. */
export async function untilServed(server: ApiServer, signal?: AbortSignal): Promise<void> {
  await until(
    `${server.host} serves ${CUSTOM_PLURAL}.${CUSTOM_GROUP}`,
    async () =>
      done(await server.list(REHEARSALS, { mode: 'consistent', onItem: () => undefined })),
    { timeoutMs: 20_000, signal },
  );
}
