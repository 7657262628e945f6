import { parse } from 'yaml';
import { z } from 'zod';
import { usageError } from '../../support/errors.ts';

const keysSchema = z.object({
  keys: z.array(z.object({ name: z.string(), secret: z.base64() })).min(1),
});

const providerSchema = z.object({
  aescbc: keysSchema.optional(),
  aesgcm: keysSchema.optional(),
  secretbox: keysSchema.optional(),
  identity: z.object({}).nullish(),
  kms: z.object({ name: z.string(), apiVersion: z.enum(['v1', 'v2']).default('v1') }).optional(),
});

/** The file that kube-apiserver takes as `--encryption-provider-config`. */
const encryptionConfigurationSchema = z.object({
  kind: z.literal('EncryptionConfiguration'),
  apiVersion: z.string().startsWith('apiserver.config.k8s.io/'),
  resources: z.array(
    z.object({ resources: z.array(z.string()).min(1), providers: z.array(providerSchema).min(1) }),
  ),
});
export type EncryptionConfiguration = z.infer<typeof encryptionConfigurationSchema>;

/** @throws DrillError (usage) when the text is no EncryptionConfiguration; never shows its content. */
export function parseEncryptionConfiguration(text: string, where: string): EncryptionConfiguration {
  const attempted = `read the encryption configuration ${where}`;
  const hint = 'give the file that kube-apiserver gets as --encryption-provider-config';
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    throw usageError(attempted, 'it is neither YAML nor JSON', hint);
  }
  const parsed = encryptionConfigurationSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw usageError(attempted, z.prettifyError(parsed.error), hint);
}
