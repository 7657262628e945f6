import { isNotFound } from '../kube/error.ts';
import { pathOf } from '../kube/resource.ts';
import type { ObjectRef } from '../model/finding.ts';
import { problemOf } from '../probes/probe.ts';
import type { Served } from './patient.ts';

/** What a GET by name, which goes to etcd and past every cache, tells of an object. */
export interface Held {
  uid: string | null;
  revision: number;
}

/** @returns null when there is none. @throws Error when the API server does not say. */
export async function heldByName(
  { api, discovered }: Served,
  ref: ObjectRef,
): Promise<Held | null> {
  const resource = discovered.find(
    (each) => each.preferred && each.group === ref.group && each.resource === ref.resource,
  );
  if (resource === undefined) throw new Error(`${ref.resource} is not served`);
  try {
    const { metadata } = await api.get(pathOf(resource, ref.namespace, ref.name));
    return { uid: metadata.uid ?? null, revision: Number(metadata.resourceVersion ?? 0) };
  } catch (thrown) {
    if (isNotFound(thrown)) return null;
    throw new Error(`GET of ${ref.resource} ${ref.name}: ${problemOf(thrown)}`, { cause: thrown });
  }
}

export function keyOf({ group, resource, namespace, name }: ObjectRef): string {
  return `${group}/${resource} ${namespace ?? ''}/${name}`;
}
