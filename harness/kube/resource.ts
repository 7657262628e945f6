import type { ObjectRef } from '../model/finding.ts';

/** One resource at one version, as discovery tells it. */
export interface ApiResource {
  /** '' for the core group. */
  group: string;
  version: string;
  /** Plural: `deployments`. */
  resource: string;
  kind: string;
  namespaced: boolean;
}

/** What every object has; the rest is as the API gave it. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [member: string]: unknown;
}

/** `/apis/apps/v1/namespaces/shop/deployments/web`; without a namespace the resource in all of them. */
export function pathOf(
  resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
  namespace?: string | null,
  name?: string,
): string {
  const { group, version } = resource;
  return [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ...(namespace == null ? [] : ['namespaces', encodeURIComponent(namespace)]),
    resource.resource,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
  ].join('/');
}

export function refOf(
  resource: Pick<ApiResource, 'group' | 'resource'>,
  object: KubeObject,
): ObjectRef {
  const { name, namespace } = object.metadata;
  return {
    group: resource.group,
    resource: resource.resource,
    namespace: namespace ?? null,
    name,
  };
}

/** @throws Error when it is not an object of the Kubernetes API. */
export function asKubeObject(json: unknown): KubeObject {
  const metadata: unknown =
    typeof json === 'object' && json !== null && Reflect.get(json, 'metadata');
  if (typeof metadata !== 'object' || metadata === null || !('name' in metadata))
    throw new Error('an object of the Kubernetes API has metadata.name; this one has not');
  return json as KubeObject;
}
