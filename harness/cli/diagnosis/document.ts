import { z } from 'zod';
import { STAGES } from '../../diagnose/stages.ts';
import { findingSchema } from '../../model/finding-schema.ts';
import { CHECK_VERDICTS } from '../../model/verdict.ts';

const stageSchema = z.enum(STAGES);
const problemSchema = z.string().nullable().describe('Why it could not be asked');

/** The document of `diagnose --json`. Parts may be added within a version; none is renamed. */
export const diagnosisSchema = z.object({
  schemaVersion: z.literal(1),
  verdict: z.enum(['findings', 'healthy', 'unknown']),
  context: z.string().describe('Of the kubeconfig'),
  startedAt: z.string().describe('ISO time, UTC'),
  durationMs: z.number().nonnegative(),
  wroteCanary: z.boolean(),
  apiServers: z.array(z.object({ name: z.string(), url: z.string(), problem: problemSchema })),
  etcd: z.array(z.object({ name: z.string(), problem: problemSchema })),
  findings: z.array(
    findingSchema.extend({
      order: z.int().positive().describe('In which order to cure, from 1'),
      stage: stageSchema,
      detector: z.string(),
    }),
  ),
  detectors: z.array(
    z.object({
      name: z.string(),
      title: z.string().describe('What holds when it finds nothing'),
      stage: stageSchema,
      verdict: z.enum(CHECK_VERDICTS),
      reason: z.string().nullable(),
      findingCodes: z.array(z.string()),
    }),
  ),
});
export type DiagnosisDocument = z.infer<typeof diagnosisSchema>;
