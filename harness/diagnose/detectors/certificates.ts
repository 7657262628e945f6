import { X509Certificate } from 'node:crypto';
import { lasted } from '../../checks/wording.ts';
import { isNotFound } from '../../kube/error.ts';
import { pathOf } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { shownCertificates } from '../../kube/server-certificate.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { problemOf, type Reach } from '../../probes/probe.ts';
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
    'Certificates of API servers and etcd are valid for another week, and client and pods know the authority',
  stage: 'api-servers',
  async detect(patient) {
    const { identity, servers, members, clock } = patient.parts;
    const blind: string[] = [];
    const findings: Finding[] = [];
    // The wall clock of this machine is what TLS judges by, too.
    const nowMs = clock.nowMs();
    if (identity.cert !== undefined)
      findings.push(
        ...expiry('client', 'the kubeconfig', new X509Certificate(identity.cert), nowMs),
      );
    const examine = async (of: Kind, { host, url, up }: Reach<unknown> & { url: string }) => {
      if (!url.startsWith('https:')) return;
      try {
        const chain = await shownCertificates(addressOf(url), HANDSHAKE_TIMEOUT_MS);
        const [own] = chain;
        if (own === undefined) throw new Error('it showed no certificate');
        findings.push(...expiry(of, host, own, nowMs));
        if (of !== 'API server') return;
        const stranger = up === null ? strangerToClient(identity.ca, host, chain) : undefined;
        findings.push(...(stranger ?? (await otherAuthority(patient, host, chain))));
      } catch (thrown) {
        blind.push(`certificate of ${host}: ${problemOf(thrown)}`);
      }
    };
    // Without etcd's there is no API server that could show one.
    for (const member of members) await examine('etcd member', member);
    for (const server of servers) await examine('API server', server);
    return diagnosed(findings, [...blind, ...patient.parts.unknownServers]);
  },
};

type Kind = 'client' | 'etcd member' | 'API server';

function expiry(of: Kind, where: string, certificate: X509Certificate, nowMs: number): Finding[] {
  const leftMs = certificate.validToDate.getTime() - nowMs;
  if (leftMs > SOON_MS) return [];
  const what = of === 'client' ? 'The client certificate of' : `The certificate of the ${of}`;
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

/** Whoever is refused by this client knows nothing of the rest. */
function strangerToClient(
  ca: Buffer | undefined,
  host: string,
  chain: readonly X509Certificate[],
): Finding[] | undefined {
  const trusted = authoritiesIn(ca?.toString('latin1') ?? '');
  if (trusted.length === 0 || isOf(trusted, chain)) return undefined;
  const known = `the kubeconfig (${oneLine(trusted[0]?.subject ?? '')})`;
  const means = 'nobody who has a kubeconfig of before trusts it, kubelets and pods included';
  return [caDiffers(host, chain, known, means)];
}

function caDiffers(
  host: string,
  chain: readonly X509Certificate[],
  known: string,
  means: string,
): Finding {
  return finding({
    code: 'cluster-ca-differs',
    severity: 'error',
    message:
      `The certificate of the API server ${host} (issuer ${oneLine(chain[0]?.issuer ?? '')}) is not of` +
      ` the authority in ${known}: ${means}.`,
    where: host,
    cure: BRING_BACK,
  });
}

const BRING_BACK =
  'Bring back /etc/kubernetes/pki of the same backup as etcd, remove /etc/kubernetes/*.conf and' +
  ' /var/lib/kubelet/pki/kubelet-client-* on the control plane, and make its kubeconfigs again' +
  ' (`kubeadm init phase kubeconfig all --config FILE`).';

/** Whether the certificate is one of these, or signed by one. */
function isOf(authorities: readonly X509Certificate[], chain: readonly X509Certificate[]): boolean {
  return chain.some((shown) =>
    authorities.some(
      (authority) => shown.raw.equals(authority.raw) || shown.verify(authority.publicKey),
    ),
  );
}

/** Source: the RootCAConfigMap controller of kube-controller-manager publishes it in each Namespace. */
async function otherAuthority(
  patient: Patient,
  host: string,
  chain: readonly X509Certificate[],
): Promise<Finding[]> {
  const told = await toldAuthorities(patient);
  if (told.length === 0 || isOf(told, chain)) return [];
  const known = `the ConfigMap kube-root-ca.crt (${oneLine(told[0]?.subject ?? '')}), which pods are told`;
  return [
    {
      ...caDiffers(host, chain, known, 'pods cannot trust it'),
      objects: [{ group: '', resource: 'configmaps', namespace: 'kube-system', name: NAME }],
      cure:
        `${BRING_BACK} If the new authority is to stay:` +
        ' restart kube-controller-manager with it (--root-ca-file), then every pod that talks to the API.',
    },
  ];
}

const NAME = 'kube-root-ca.crt';

async function toldAuthorities(patient: Patient): Promise<X509Certificate[]> {
  const { api } = patient.any();
  try {
    const { data } = await api.get(pathOf(RESOURCES.configMaps, 'kube-system', NAME));
    const pem: unknown = typeof data === 'object' && data !== null && Reflect.get(data, 'ca.crt');
    return typeof pem === 'string' ? authoritiesIn(pem) : [];
  } catch (thrown) {
    if (isNotFound(thrown)) return [];
    throw new Error(`ConfigMap kube-system/${NAME}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function authoritiesIn(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATES) ?? []).map((text) => new X509Certificate(text));
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
