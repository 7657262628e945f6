import { z } from 'zod';
import { objectRefSchema } from '../../model/finding-schema.ts';

/** What the process inside the world is told; it resolves nothing itself. */
export const bootPlanSchema = z.object({
  /** Everything of this boot lies below it. */
  directory: z.string(),
  snapshot: z.string(),
  /** etcd refuses a file without trailer unless told not to look for one. */
  skipHashCheck: z.boolean(),
  etcd: z.string(),
  etcdutl: z.string(),
  kubeApiserver: z.string(),
  etcdPrefix: z.string(),
  encryptionConfig: z.string().nullable(),
  /** The objects that the file holds, the volatile ones left out. */
  objects: z.array(objectRefSchema),
});
export type BootPlan = z.infer<typeof bootPlanSchema>;

export const bootResultSchema = z.object({
  /** Why it ended early: which step failed, and the end of that program's log; null when it did not. */
  stopped: z
    .object({ step: z.enum(['restore', 'etcd', 'kube-apiserver']), why: z.string() })
    .nullable(),
  /** Why /readyz never said ok; null when it did. */
  notReady: z.string().nullable(),
  lists: z.array(
    z.object({
      group: z.string(),
      version: z.string(),
      resource: z.string(),
      count: z.number(),
      /** What the API server says instead of a list. */
      error: z.string().nullable(),
    }),
  ),
  /** In the file, and in no list of a resource that could be listed. */
  missing: z.array(objectRefSchema),
  /** Objects of an unlistable resource that cannot be read one by one either. */
  unreadable: z.array(z.object({ ref: objectRefSchema, why: z.string() })),
  /** `group/resource` of objects in the file that the API server does not serve. */
  notServed: z.array(z.object({ resource: z.string(), count: z.number() })),
});
export type BootResult = z.infer<typeof bootResultSchema>;
