import { z } from 'zod';

/** The `status` of what tells its state by conditions; absent in an object that no controller has seen. */
export const conditionedStatusSchema = z
  .object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
      .default([]),
  })
  .default({ conditions: [] });
