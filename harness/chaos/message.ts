import { z } from 'zod';
import { faultCallSchema } from '../model/scenario.ts';

/** What harness and chaos script say to each other, as JSON. */

export const chaosHostSchema = z.object({
  name: z.string(),
  address: z.string(),
  roles: z.array(z.enum(['member', 'control-plane'])),
});
export type ChaosHost = z.infer<typeof chaosHostSchema>;

/** What a script is given when it begins. */
export const beginningSchema = z.object({
  type: z.literal('begin'),
  /** Absolute path of the script. */
  script: z.string(),
  hosts: z.array(chaosHostSchema),
  seed: z.number(),
  /** From 1: a loop runs its script again and again. */
  turn: z.number(),
  settings: z.record(z.string(), z.unknown()),
});
export type Beginning = z.infer<typeof beginningSchema>;

export const toScriptSchema = z.discriminatedUnion('type', [
  beginningSchema,
  z.object({
    type: z.literal('answer'),
    id: z.number(),
    value: z.unknown().optional(),
    /** Why there is no value. */
    error: z.string().optional(),
  }),
  /** The recovery is about to begin: a script that goes on until then has to end. */
  z.object({ type: z.literal('recovery') }),
]);
export type ToScript = z.infer<typeof toScriptSchema>;

export const requestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('exec'),
    host: z.string(),
    script: z.string(),
    timeoutMs: z.int().positive(),
  }),
  z.object({ type: z.literal('fault'), call: faultCallSchema }),
  z.object({ type: z.literal('lost'), hosts: z.array(z.string()) }),
]);
export type Request = z.infer<typeof requestSchema>;

export const fromScriptSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The request is checked by itself, so that its sender can be told what is wrong with it. */
  z.object({ type: z.literal('request'), id: z.number(), request: z.unknown() }),
  z.object({ type: z.literal('log'), message: z.string() }),
  z.object({ type: z.literal('done') }),
]);
export type FromScript = z.infer<typeof fromScriptSchema>;

/** What `exec` answers. */
export const execAnswerSchema = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().nullable(),
  problem: z.string().optional(),
});
export type ExecAnswer = z.infer<typeof execAnswerSchema>;

/** What `fault` answers. */
export const faultAnswerSchema = z.object({
  hosts: z.array(z.string()),
  took: z.enum(['effect', 'no-effect']),
  evidence: z.string(),
});
export type FaultAnswer = z.infer<typeof faultAnswerSchema>;
