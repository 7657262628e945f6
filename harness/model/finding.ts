import { z } from 'zod';

/** A Kubernetes object by its place in the API; `group` is '' for the core group, `namespace` null when cluster-scoped. */
export const objectRefSchema = z.object({
  group: z.string(),
  resource: z.string(),
  namespace: z.string().nullable(),
  name: z.string(),
});
export type ObjectRef = z.infer<typeof objectRefSchema>;

export const severitySchema = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof severitySchema>;

/** Findings name at most this many objects; `objectCount` has the whole number. */
export const NAMED_OBJECTS_MAX = 20;

/** One thing that is wrong (or worth knowing), with its evidence and what to do about it. */
export const findingSchema = z.object({
  /** kebab-case, stable: scripts and expectations match on it. */
  code: z.string(),
  severity: severitySchema,
  /** One sentence. */
  message: z.string(),
  /** Where it was seen: a host, an endpoint, a page of a file, a key. */
  where: z.string(),
  objectCount: z.number().int().nonnegative(),
  objects: z.array(objectRefSchema).max(NAMED_OBJECTS_MAX),
  /** What to do, with the command where there is one. */
  cure: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

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
