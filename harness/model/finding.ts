/** A Kubernetes object by its place in the API; `group` is '' for the core group, `namespace` null when cluster-scoped. */
export interface ObjectRef {
  group: string;
  resource: string;
  namespace: string | null;
  name: string;
}

export type Severity = 'error' | 'warning' | 'info';

/** Findings name at most this many objects; `objectCount` has the whole number. */
export const NAMED_OBJECTS_MAX = 20;

/** One thing that is wrong (or worth knowing), with its evidence and what to do about it. */
export interface Finding {
  /** kebab-case, stable: scripts and expectations match on it. */
  code: string;
  severity: Severity;
  /** One sentence. */
  message: string;
  /** Where it was seen: a host, an endpoint, a page of a file, a key. */
  where: string;
  objectCount: number;
  objects: ObjectRef[];
  /** What to do, with the command where there is one. */
  cure: string;
}

/** Makes a finding; cuts the named objects to the first NAMED_OBJECTS_MAX and keeps their count. */
export function finding(
  parts: Omit<Finding, 'objects' | 'objectCount'> & { objects?: readonly ObjectRef[] },
): Finding {
  const objects = parts.objects ?? [];
  return { ...parts, objectCount: objects.length, objects: objects.slice(0, NAMED_OBJECTS_MAX) };
}

/** `apps/deployments shop/web`, `namespaces old-ns`. */
export function describeObject(ref: ObjectRef): string {
  const resource = ref.group === '' ? ref.resource : `${ref.group}/${ref.resource}`;
  return ref.namespace === null
    ? `${resource} ${ref.name}`
    : `${resource} ${ref.namespace}/${ref.name}`;
}
