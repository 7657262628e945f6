import { X509Certificate } from 'node:crypto';
import { lasted } from '../../checks/wording.ts';
import { isNotFound } from '../../kube/error.ts';
import { pathOf } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { shownCertificates } from '../../kube/server-certificate.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { problemOf } from '../../probes/probe.ts';
import { messageOf } from '../../support/errors.ts';
import { addressOf } from '../api-servers.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

const SOON_MS = 7 * 86_400_000;
const HANDSHAKE_TIMEOUT_MS = 5000;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Certificates age with the backup, and a disk may hold others than the ConfigMaps of etcd. */
export const certificates: Detector = {
  name: 'certificates',
  title:
    'Certificates are valid for another week, and pods are told the authority of the API servers',
  stage: 'api-servers',
  async detect(patient) {
    const { identity, servers, clock } = patient.parts;
    const blind: string[] = [];
    const findings: Finding[] = [];
    // The wall clock of this machine is what TLS judges by, too.
    const nowMs = clock.nowMs();
    if (identity.cert !== undefined)
      findings.push(
        ...expiry('client', 'the kubeconfig', new X509Certificate(identity.cert), nowMs),
      );
    for (const { host, url } of servers) {
      if (!url.startsWith('https:')) continue;
      try {
        const chain = await shownCertificates(addressOf(url), HANDSHAKE_TIMEOUT_MS);
        const [own] = chain;
        if (own === undefined) throw new Error('it showed no certificate');
        findings.push(...expiry('API server', host, own, nowMs));
        findings.push(...(await otherAuthority(patient, host, chain)));
      } catch (thrown) {
        blind.push(`certificate of ${host}: ${problemOf(thrown)}`);
      }
    }
    return diagnosed(findings, [...blind, ...patient.parts.unknownServers]);
  },
};

function expiry(of: string, where: string, certificate: X509Certificate, nowMs: number): Finding[] {
  const leftMs = certificate.validToDate.getTime() - nowMs;
  if (leftMs > SOON_MS) return [];
  const what = of === 'client' ? 'The client certificate of' : 'The certificate of the API server';
  const when = leftMs < 0 ? `expired ${lasted(-leftMs)} ago` : `expires in ${lasted(leftMs)}`;
  return [
    finding({
      code: leftMs < 0 ? 'certificate-expired' : 'certificate-expires-soon',
      severity: leftMs < 0 ? 'error' : 'warning',
      message: `${what} ${where} ${when} (${certificate.validToDate.toISOString()}).`,
      where,
      cure:
        '`kubeadm certs check-expiration` names the others; `kubeadm certs renew all` on each control' +
        ' plane, then restart its static pods.',
    }),
  ];
}

/** Source: the RootCAConfigMap controller of kube-controller-manager publishes it in each Namespace. */
async function otherAuthority(
  patient: Patient,
  host: string,
  chain: readonly X509Certificate[],
): Promise<Finding[]> {
  const told = await toldAuthorities(patient);
  if (told.length === 0) return [];
  const known = chain.some((shown) =>
    told.some((authority) => shown.raw.equals(authority.raw) || shown.verify(authority.publicKey)),
  );
  if (known) return [];
  return [
    finding({
      code: 'cluster-ca-differs',
      severity: 'error',
      message:
        `The certificate of the API server ${host} (issuer ${oneLine(chain[0]?.issuer ?? '')}) is not of` +
        ' the authority that pods are told in the ConfigMap kube-root-ca.crt' +
        ` (${oneLine(told[0]?.subject ?? '')}): pods cannot trust it.`,
      where: host,
      objects: [{ group: '', resource: 'configmaps', namespace: 'kube-system', name: NAME }],
      cure:
        'Bring back /etc/kubernetes/pki of the same backup as etcd. If the new authority is to stay:' +
        ' restart kube-controller-manager with it (--root-ca-file), then every pod that talks to the API.',
    }),
  ];
}

const NAME = 'kube-root-ca.crt';

async function toldAuthorities(patient: Patient): Promise<X509Certificate[]> {
  const { api } = patient.any();
  try {
    const { data } = await api.get(pathOf(RESOURCES.configMaps, 'kube-system', NAME));
    const pem: unknown = typeof data === 'object' && data !== null && Reflect.get(data, 'ca.crt');
    const found = typeof pem === 'string' ? pem.match(CERTIFICATES) : null;
    return (found ?? []).map((text) => new X509Certificate(text));
  } catch (thrown) {
    if (isNotFound(thrown)) return [];
    throw new Error(`ConfigMap kube-system/${NAME}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
