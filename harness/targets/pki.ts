import 'reflect-metadata';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
} from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const VALID_MS = 365 * 24 * 3600_000;

/** A certificate with its key, both PEM. */
export interface Identity {
  cert: string;
  key: string;
}

/** What makes one certificate: subject, names it is good for, and what it may do. */
export interface CertificateRequest {
  commonName: string;
  organization?: string;
  dnsNames?: readonly string[];
  addresses?: readonly string[];
  usage: 'server' | 'client' | 'both';
}

/** A certificate authority that lives as long as its run. */
export class Authority {
  readonly identity: Identity;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #nowMs: number;

  private constructor(
    identity: Identity,
    certificate: x509.X509Certificate,
    keys: webcrypto.CryptoKeyPair,
    nowMs: number,
  ) {
    this.identity = identity;
    this.#certificate = certificate;
    this.#keys = keys;
    this.#nowMs = nowMs;
  }

  static async create(commonName: string, nowMs: number): Promise<Authority> {
    x509.cryptoProvider.set(globalThis.crypto);
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${commonName}`,
      ...validity(nowMs),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign |
            x509.KeyUsageFlags.digitalSignature |
            x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const identity = {
      cert: `${certificate.toString('pem')}\n`,
      key: await pemOf(keys.privateKey),
    };
    return new Authority(identity, certificate, keys, nowMs);
  }

  async issue(request: CertificateRequest): Promise<Identity> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: request.organization
        ? `O=${request.organization}, CN=${request.commonName}`
        : `CN=${request.commonName}`,
      issuer: this.#certificate.subject,
      ...validity(this.#nowMs),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension(usagesOf(request.usage)),
        new x509.SubjectAlternativeNameExtension([
          ...(request.dnsNames ?? []).map((value) => ({ type: 'dns', value }) as const),
          ...(request.addresses ?? []).map((value) => ({ type: 'ip', value }) as const),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ].filter((extension) => !isEmptyNames(extension, request)),
    });
    return { cert: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) };
  }
}

/**
 * The key pair that signs service-account tokens: `sa.key` and `sa.pub` of kubeadm.
 * @param given PEM of a private key to use instead of a new one.
 */
export function serviceAccountKeys(given?: string): { key: string; pub: string } {
  const privateKey =
    given === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : createPrivateKey(given);
  return {
    key: given ?? String(privateKey.export({ type: 'sec1', format: 'pem' })),
    pub: String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

/** SEC 1, the form that every Go program of these versions reads. */
async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const object: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return String(object.export({ type: 'sec1', format: 'pem' }));
}

function validity(nowMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - 3600_000), notAfter: new Date(nowMs + VALID_MS) };
}

function usagesOf(usage: CertificateRequest['usage']): string[] {
  const server = x509.ExtendedKeyUsage.serverAuth;
  const client = x509.ExtendedKeyUsage.clientAuth;
  if (usage === 'both') return [server, client];
  return usage === 'server' ? [server] : [client];
}

function isEmptyNames(extension: x509.Extension, request: CertificateRequest): boolean {
  const names = (request.dnsNames?.length ?? 0) + (request.addresses?.length ?? 0);
  return names === 0 && extension instanceof x509.SubjectAlternativeNameExtension;
}
