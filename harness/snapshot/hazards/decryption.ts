import { createDecipheriv } from 'node:crypto';
import { messageOf } from '../../support/errors.ts';
import type { EncryptionConfiguration } from './encryption-configuration.ts';
import { openSecretbox } from './secretbox.ts';

/** What became of one encrypted value. */
export type Decryption =
  | { state: 'decrypted'; value: Uint8Array }
  /** The configuration does not name this provider and key for this resource. */
  | { state: 'unknown-key' }
  /** The key has the right name and other bytes, or the value is damaged. */
  | { state: 'wrong-key'; why: string }
  /** Only the KMS could tell. */
  | { state: 'unchecked'; why: string };

export interface EncryptedValue {
  group: string;
  resource: string;
  /** The etcd key: authenticated data of AES-GCM. */
  key: string;
  /** `aescbc:v1` */
  scheme: string;
  keyName: string;
  payload: Uint8Array;
}

/** Source of the formats: apiserver pkg/storage/value/encrypt/aes and encrypt/secretbox. */
export function decryptValue(
  configuration: EncryptionConfiguration,
  value: EncryptedValue,
): Decryption {
  const providers = providersFor(configuration, value);
  if (value.scheme.startsWith('kms')) {
    const version = value.scheme.slice('kms:'.length);
    const known = providers.some(
      ({ kms }) => kms?.name === value.keyName && kms.apiVersion === version,
    );
    return known ? { state: 'unchecked', why: 'only the KMS can tell' } : { state: 'unknown-key' };
  }
  const secrets = secretsOf(providers, value);
  const [first] = secrets;
  if (first === undefined) return { state: 'unknown-key' };
  try {
    const secret = Buffer.from(first, 'base64');
    return { state: 'decrypted', value: open(secret, value) };
  } catch (thrown) {
    return { state: 'wrong-key', why: messageOf(thrown) };
  }
}

type Provider = EncryptionConfiguration['resources'][number]['providers'][number];

/** The first entry that names the resource counts, as in kube-apiserver. */
function providersFor(
  configuration: EncryptionConfiguration,
  { group, resource }: EncryptedValue,
): Provider[] {
  const names = group === '' ? [resource, '*.'] : [`${resource}.${group}`, `*.${group}`];
  const entry = configuration.resources.find(({ resources }) =>
    resources.some((name) => name === '*.*' || names.includes(name)),
  );
  return entry?.providers ?? [];
}

function secretsOf(providers: Provider[], { scheme, keyName }: EncryptedValue): string[] {
  const keysOf = (provider: Provider) => {
    if (scheme === 'aescbc:v1') return provider.aescbc;
    if (scheme === 'aesgcm:v1') return provider.aesgcm;
    return scheme === 'secretbox:v1' ? provider.secretbox : undefined;
  };
  return providers
    .flatMap((provider) => keysOf(provider)?.keys ?? [])
    .filter((key) => key.name === keyName)
    .map((key) => key.secret);
}

const SECRETBOX_NONCE_BYTES = 24;

/** @throws Error when the key does not fit the value. */
function open(secret: Buffer, value: EncryptedValue): Uint8Array {
  if (value.scheme !== 'secretbox:v1') return openAes(secret, value);
  const nonce = value.payload.subarray(0, SECRETBOX_NONCE_BYTES);
  return openSecretbox(secret, nonce, value.payload.subarray(SECRETBOX_NONCE_BYTES));
}

const CBC_IV_BYTES = 16;
const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;

/** @throws Error when the padding or the tag is wrong, or the key has no AES length. */
function openAes(secret: Buffer, { scheme, payload, key }: EncryptedValue): Uint8Array {
  const bits = secret.length * 8;
  if (bits !== 128 && bits !== 192 && bits !== 256) throw new Error(`${bits} bits are no AES key`);
  if (scheme === 'aescbc:v1') {
    const iv = payload.subarray(0, CBC_IV_BYTES);
    const decipher = createDecipheriv(`aes-${bits}-cbc`, secret, iv);
    return Buffer.concat([decipher.update(payload.subarray(CBC_IV_BYTES)), decipher.final()]);
  }
  const nonce = payload.subarray(0, GCM_NONCE_BYTES);
  const tagStart = payload.length - GCM_TAG_BYTES;
  const decipher = createDecipheriv(`aes-${bits}-gcm`, secret, nonce);
  decipher.setAAD(Buffer.from(key));
  decipher.setAuthTag(payload.subarray(tagStart));
  const head = decipher.update(payload.subarray(GCM_NONCE_BYTES, tagStart));
  return Buffer.concat([head, decipher.final()]);
}
