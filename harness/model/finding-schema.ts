import { z } from 'zod';
import { type Finding, NAMED_OBJECTS_MAX, type ObjectRef } from './finding.ts';

export const objectRefSchema = z.object({
  group: z.string(),
  resource: z.string(),
  namespace: z.string().nullable(),
  name: z.string(),
}) satisfies z.ZodType<ObjectRef>;

export const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  where: z.string(),
  objectCount: z.number().int().nonnegative(),
  objects: z.array(objectRefSchema).max(NAMED_OBJECTS_MAX),
  cure: z.string(),
}) satisfies z.ZodType<Finding>;
