import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Certificates } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots, bySource } from './observed.ts';
import { lasted, listedFirst } from './wording.ts';

/** A backup brings certificates back as old as they were, and nothing asks them until a server starts again. */
export const certificates: Check = {
  name: 'certificates',
  title:
    'The certificates of each control plane are there, valid and of the authorities of before, and kubeadm can read its configuration',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  explainedBy: [],
  codes: [
    { code: 'certificate-expired', heals: false },
    { code: 'certificate-missing', heals: false },
    { code: 'authority-differs', heals: false },
    { code: 'kubeadm-unreadable', heals: true },
  ],
  examine({ now, baseline = [], facts }) {
    const all = allOf(now, 'certificates');
    const before = bySource(baseline, 'certificates');
    const blind = blindSpots(now, 'certificates', facts.apiServers);
    if (all.length === 0) return unknown(...blind, 'nobody looked at certificates');
    return examined(
      all.flatMap((seen) => [
        ...expired(seen),
        ...missing(seen),
        ...otherAuthorities(seen, before.get(seen.source)),
        ...unreadable(seen),
      ]),
      blind,
    );
  },
};

const RENEW =
  '`kubeadm certs renew all`, then move the manifests of the control plane away and back';

function expired({ source, atMs, certificates: all }: Certificates): Finding[] {
  const past = all.filter(({ expiresAtMs }) => expiresAtMs <= atMs);
  if (past.length === 0) return [];
  const told = past.map(({ name, expiresAtMs }) => `${name} (${lasted(atMs - expiresAtMs)} ago)`);
  return [
    finding({
      code: 'certificate-expired',
      severity: 'error',
      message: `Certificates on ${source} have expired: ${listedFirst(told)}.`,
      where: source,
      cure: `${RENEW} on ${source}; for a kubelet's own, \`systemctl restart kubelet\`.`,
    }),
  ];
}

function missing({ source, missing: names }: Certificates): Finding[] {
  if (names.length === 0) return [];
  return [
    finding({
      code: 'certificate-missing',
      severity: 'error',
      message: `kubeadm misses certificates on ${source}: ${listedFirst(names)}.`,
      where: source,
      cure: `Put the backup of /etc/kubernetes back on ${source}, or \`kubeadm init phase certs all\` where the CAs are there.`,
    }),
  ];
}

function otherAuthorities({ source, authorities }: Certificates, before?: Certificates): Finding[] {
  const others = authorities
    .filter(({ name, keyHash }) =>
      before?.authorities.some((each) => each.name === name && each.keyHash !== keyHash),
    )
    .map(({ name }) => name);
  if (others.length === 0) return [];
  const whom = others.includes('ca')
    ? 'kubelets, pods and whoever has a kubeconfig of before'
    : 'those who know the old ones';
  return [
    finding({
      code: 'authority-differs',
      severity: 'error',
      message:
        `Certificates on ${source} are signed by other authorities than before (${listedFirst(others)}):` +
        ` ${whom} refuse them, and are refused.`,
      where: source,
      cure:
        `On ${source} put the backup of /etc/kubernetes/pki back, remove /etc/kubernetes/*.conf and` +
        ' /var/lib/kubelet/pki/kubelet-client-*, make the kubeconfigs again (`kubeadm init phase kubeconfig' +
        ' all --config FILE`), and restart its static pods and its kubelet. Where no backup' +
        ' has the old authorities, every node joins anew (`kubeadm reset`, `kubeadm join`) and every pod is made anew.',
    }),
  ];
}

function unreadable({ source, kubeadmError }: Certificates): Finding[] {
  if (kubeadmError === null) return [];
  return [
    finding({
      code: 'kubeadm-unreadable',
      severity: 'error',
      message: `kubeadm on ${source} cannot read what it needs to join nodes and to upgrade (${kubeadmError}).`,
      where: source,
      cure: '`kubeadm init phase upload-config kubeadm --config FILE` writes its configuration into the cluster again.',
    }),
  ];
}
