import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import type { ApiServer } from '../kube/api-server.ts';
import { CUSTOM_GROUP, CUSTOM_PLURAL } from '../kube/drill-objects.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import { done, notYet, until } from '../support/until.ts';
import { type StoredRow, uidOf } from './stored-row.ts';
import type { Planned } from './writer.ts';

const KIND = 'Rehearsal';

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
      names: { plural: CUSTOM_PLURAL, singular: 'rehearsal', kind: KIND },
      versions: [
        { name: 'v1alpha1', served: true, storage: false, schema },
        { name: 'v1', served: true, storage: true, schema },
      ],
    },
  } satisfies V1CustomResourceDefinition;
  return { resource: RESOURCES.customResourceDefinitions, object };
}

export function rehearsalRef(namespace: string, name: string): ObjectRef {
  return { group: CUSTOM_GROUP, resource: CUSTOM_PLURAL, namespace, name };
}

/**
 * A custom resource as kube-apiserver stores it. It is put into etcd directly, because an API
 * server holds the first creations of a new kind back for 2 s, which every drill would pay.
 */
export function storedRehearsal(parts: {
  namespace: string;
  name: string;
  createdAtMs: number;
  runbook: string;
}): StoredRow {
  const { namespace, name, createdAtMs, runbook } = parts;
  const object = {
    apiVersion: `${CUSTOM_GROUP}/v1`,
    kind: KIND,
    metadata: {
      creationTimestamp: new Date(createdAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      generation: 1,
      name,
      namespace,
      uid: uidOf(`${CUSTOM_PLURAL} ${namespace}/${name}`),
    },
    spec: { runbook },
  };
  return {
    key: Buffer.from(`/registry/${CUSTOM_GROUP}/${CUSTOM_PLURAL}/${namespace}/${name}`),
    value: Buffer.from(`${JSON.stringify(object)}\n`),
  };
}

/** Each API server takes its own time to serve a new definition. */
export async function untilServed(
  server: ApiServer,
  count: number,
  signal?: AbortSignal,
): Promise<void> {
  const resource = { group: CUSTOM_GROUP, version: 'v1', resource: CUSTOM_PLURAL };
  await until(
    `${server.host} serves ${CUSTOM_PLURAL}.${CUSTOM_GROUP}`,
    async () => {
      let listed = 0;
      const onItem = () => {
        listed += 1;
      };
      await server.list(resource, { mode: 'consistent', onItem });
      return listed === count ? done(undefined) : notYet(`${listed} of ${count}`);
    },
    { timeoutMs: 20_000, signal },
  );
}
