import type { X509Certificate } from 'node:crypto';
import { snapshotFinding } from '../codes.ts';
import { append } from './append.ts';
import type { ClusterContent } from './cluster-content.ts';
import { type FailClosedWebhook, failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
import { oncePerStore } from './once.ts';
import { certificatesIn } from './secret-digest.ts';
import { enumerate, placeOf } from './wording.ts';

/** The certificate stored for a webhook's Service is not signed by the webhook's caBundle. */
export const webhookCaMismatch: Hazard = (content) => {
  const mismatched = failClosedWebhooks(content).filter((webhook) =>
    isMismatched(content, webhook),
  );
  if (mismatched.length === 0) return [];
  return [
    snapshotFinding('webhook-ca-mismatch', {
      message:
        `the caBundle of ${enumerate(mismatched.map(({ name }) => name))} did not sign the ` +
        'certificate that is stored for its Service: every call will fail and be refused',
      where: placeOf(mismatched.map(({ ref }) => ref)),
      objects: mismatched.map(({ ref }) => ref),
    }),
  ];
};

function isMismatched(content: ClusterContent, { service, caBundle }: FailClosedWebhook): boolean {
  const roots = certificatesIn(caBundle);
  if (service?.name === undefined || roots.length === 0) return false;
  const host = `${service.name}.${service.namespace}.svc`;
  const chains = (certificatesByNamespace(content).get(service.namespace ?? '') ?? []).filter(
    (chain) => chain.some((certificate) => certificate.checkHost(host) !== undefined),
  );
  return chains.length > 0 && !chains.some((chain) => isTrusted(chain, host, roots));
}

const certificatesByNamespace = oncePerStore(({ secrets }) => {
  const chains = new Map<string, X509Certificate[][]>();
  for (const { ref, value } of secrets) {
    if (ref.namespace === null || value.certificates.length === 0) continue;
    const chain = value.certificates.map(({ certificate }) => certificate);
    append(chains, ref.namespace, chain);
  }
  return chains;
});

/** Longer chains do not exist; a bundle of all public CAs beside a certificate is no chain. */
const CHAIN_MAX = 10;

/** Whether the certificate for `host` hangs on one of the roots, over others of its Secret or not. */
function isTrusted(chain: X509Certificate[], host: string, roots: X509Certificate[]): boolean {
  const forHost = chain.filter((each) => each.checkHost(host) !== undefined);
  const open = new Set([...forHost, ...chain].slice(0, CHAIN_MAX));
  let issuers = roots;
  while (issuers.length > 0) {
    const trusted = [...open].filter((each) => issuers.some((issuer) => signed(issuer, each)));
    if (trusted.some((each) => forHost.includes(each))) return true;
    for (const each of trusted) open.delete(each);
    issuers = trusted;
  }
  return false;
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  if (issuer.fingerprint256 === certificate.fingerprint256) return true;
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
