import { X509Certificate } from 'node:crypto';
import type { Secret } from '../../objects/kinds.ts';

/** A certificate inside a Secret; its private key is never looked at. */
export interface StoredCertificate {
  /** The entry of `data`. */
  entry: string;
  certificate: X509Certificate;
}

/** What the checks may know of a Secret: no value of it is kept. */
export interface SecretDigest {
  type: string;
  certificates: StoredCertificate[];
  /** `kid` of the header of a legacy service-account token. */
  tokenKeyId: string | null;
  /** `expiration` of a bootstrap token, as written. */
  bootstrapExpiration: string | null;
}

export const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';
export const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token';

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** A bundle of all public CAs has fewer. */
const CERTIFICATES_PER_ENTRY_MAX = 500;

export function digestSecret(secret: Secret): SecretDigest {
  const type = secret.type ?? 'Opaque';
  const text = (entry: string) => Buffer.from(secret.data.get(entry) ?? []).toString('utf8');
  return {
    type,
    certificates: [...secret.data].flatMap(([entry, value]) =>
      certificatesIn(value).map((certificate) => ({ entry, certificate })),
    ),
    tokenKeyId: type === SERVICE_ACCOUNT_TOKEN ? keyIdOf(text('token')) : null,
    bootstrapExpiration: type === BOOTSTRAP_TOKEN ? text('expiration') || null : null,
  };
}

/** The certificates of a PEM bundle; what does not parse is left out. */
export function certificatesIn(pem: Uint8Array): X509Certificate[] {
  const text = Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return [];
  const blocks = text.toString('latin1').match(PEM) ?? [];
  return blocks.slice(0, CERTIFICATES_PER_ENTRY_MAX).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

function keyIdOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'),
    );
    if (typeof header !== 'object' || header === null || !('kid' in header)) return null;
    return typeof header.kid === 'string' ? header.kid : null;
  } catch {
    return null;
  }
}
