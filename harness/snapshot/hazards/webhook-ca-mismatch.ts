import type { X509Certificate } from 'node:crypto';
import { snapshotFinding } from '../codes.ts';
import type { ClusterContent } from './cluster-content.ts';
import { type FailClosedWebhook, failClosedWebhooks } from './fail-closed-webhooks.ts';
import type { Hazard } from './hazard.ts';
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
  const chains = content.secrets
    .filter(({ ref }) => ref.namespace === service.namespace)
    .map(({ value }) => value.certificates.map(({ certificate }) => certificate))
    .filter((chain) => chain.some((certificate) => certificate.checkHost(host) !== undefined));
  return chains.length > 0 && !chains.some((chain) => isTrusted(chain, host, roots));
}

/** Whether the certificate for `host` hangs on one of the roots, over others of its Secret or not. */
function isTrusted(chain: X509Certificate[], host: string, roots: X509Certificate[]): boolean {
  const trusted = [...roots];
  for (let round = 0; round < chain.length; round += 1) {
    trusted.push(
      ...chain.filter(
        (certificate) =>
          !trusted.includes(certificate) && trusted.some((issuer) => signed(issuer, certificate)),
      ),
    );
  }
  return trusted
    .slice(roots.length)
    .some((certificate) => certificate.checkHost(host) !== undefined);
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  if (issuer.fingerprint256 === certificate.fingerprint256) return true;
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
