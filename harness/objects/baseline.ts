import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { objectRefSchema } from '../model/finding-schema.ts';
import { messageOf, usageError } from '../support/errors.ts';
import type { Inventory } from './inventory.ts';

const keyEntrySchema = z.object({
  key: z.string(),
  createRevision: z.number().int(),
  modRevision: z.number().int(),
  leased: z.boolean(),
  encoding: z.string(),
  contentHash: z.string(),
  sizeBytes: z.number().int().nonnegative(),
});

const inventorySchema = z.object({
  revision: z.number().int(),
  entries: z.array(
    z.object({ ...objectRefSchema.shape, uid: z.string().nullable(), ...keyEntrySchema.shape }),
  ),
  otherKeys: z.number().int().nonnegative(),
  plainKeys: z.array(keyEntrySchema),
});

const statementSchema = z.object({
  schemaVersion: z.literal(1),
  /** RFC 3339. */
  takenAt: z.string(),
  /** What the inventory was read from: a file's base name or an endpoint. */
  source: z.string(),
  /** SHA-256 of the whole snapshot file in hex, null for a live store. */
  sourceSha256: z.string().nullable(),
  etcdPrefix: z.string(),
  inventory: inventorySchema,
});

/** The inventory of a store, kept beside its backup; signed when it must be able to accuse. */
export const baselineSchema = statementSchema.extend({
  /** Over the canonical JSON of everything else; base64. */
  signature: z.object({ algorithm: z.string(), value: z.string() }).optional(),
});
export type Baseline = z.infer<typeof baselineSchema>;

export interface Provenance {
  takenAt: string;
  source: string;
  sourceSha256: string | null;
  etcdPrefix: string;
}

export function baselineOf(inventory: Inventory, provenance: Provenance): Baseline {
  const { takenAt, source, sourceSha256, etcdPrefix } = provenance;
  return { schemaVersion: 1, takenAt, source, sourceSha256, etcdPrefix, inventory };
}

/** @throws DrillError (usage) when the text is no baseline. */
export function parseBaseline(text: string, where: string): Baseline {
  const attempted = `read the baseline ${where}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw usageError(attempted, 'it is not JSON', 'make one with `kubedrill baseline FILE`');
  }
  const parsed = baselineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw usageError(
    attempted,
    z.prettifyError(parsed.error),
    'make one with `kubedrill baseline FILE`',
  );
}

/**
 * Signs with an Ed25519, RSA or EC private key (PEM).
 * @throws DrillError (usage) when the key cannot be used.
 */
export function signBaseline(baseline: Baseline, privateKeyPem: string): Baseline {
  const key = keyFrom(() => createPrivateKey(privateKeyPem), 'sign the baseline');
  const value = sign(digestFor(key), statementBytes(baseline), key).toString('base64');
  return { ...baseline, signature: { algorithm: key.asymmetricKeyType ?? 'unknown', value } };
}

export type SignatureState = 'valid' | 'invalid' | 'missing';

/** @throws DrillError (usage) when the public key cannot be used. */
export function checkSignature(baseline: Baseline, publicKeyPem: string): SignatureState {
  const key = keyFrom(() => createPublicKey(publicKeyPem), 'check the signature of the baseline');
  if (baseline.signature === undefined) return 'missing';
  const signature = Buffer.from(baseline.signature.value, 'base64');
  return verify(digestFor(key), statementBytes(baseline), key, signature) ? 'valid' : 'invalid';
}

function keyFrom(make: () => KeyObject, attempted: string): KeyObject {
  try {
    return make();
  } catch (cause) {
    throw usageError(
      attempted,
      `the key cannot be read: ${messageOf(cause)}`,
      'make one with `openssl genpkey -algorithm ed25519 -out baseline.key`',
    );
  }
}

/** Ed25519 brings its own digest. */
function digestFor(key: KeyObject): string | null {
  return key.asymmetricKeyType?.startsWith('ed') ? null : 'sha256';
}

/** The schema puts members into its own order, so the bytes do not depend on who wrote the file. */
function statementBytes(baseline: Baseline): Buffer {
  return Buffer.from(JSON.stringify(statementSchema.parse(baseline)));
}
