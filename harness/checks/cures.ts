import type { DrillFacts } from '../model/check.ts';

/** A bump by the clock is larger on each attempt; one that is used twice rewinds everybody again. */
export const CLOCK_BUMP = '--bump-revision "$(date +%s)000" --mark-compacted';

/** The whole restore for one host, with the values of its neighbours; the others go likewise. */
export function restoreAllMembers(facts: DrillFacts, host: string): string {
  const member = facts.members.find((known) => known.host === host) ?? facts.members[0];
  const cluster = facts.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  return (
    'Stop kube-apiserver and etcd on every host (`systemctl stop kube-apiserver etcd`), keep the data' +
    ' directories aside, and restore one and the same snapshot on every member, each with its own' +
    ' name and address. On ' +
    `${host}: \`etcdutl snapshot restore SNAPSHOT --name ${member?.name ?? 'NAME'}` +
    ` --initial-cluster ${cluster} --initial-advertise-peer-urls ${member?.peerUrl ?? 'PEER_URL'}` +
    ' --initial-cluster-token NEW_TOKEN --data-dir DATA_DIR' +
    ` ${CLOCK_BUMP}\`. Take the bump once and use it on every host.`
  );
}

/** Its cache is made anew at start; the clients that live off it keep what they saw. */
export function restartApiServer(host: string): string {
  return (
    `Restart kube-apiserver on ${host} (\`systemctl restart kube-apiserver\`; as a static pod, move` +
    ' its manifest away and back), and only then its clients: kube-controller-manager,' +
    ' kube-scheduler, CoreDNS, ingress controllers, kubelets.'
  );
}

/** Whether a client went away because of the certificate that it was shown. */
export function isDistrust(reason: string): boolean {
  return /certificate/i.test(reason);
}

export function lookAtCertificate(host: string, port: number): string {
  return (
    'It runs, and a certificate is not believed. What it shows, until when and by whom:' +
    ` \`openssl s_client -connect ${host}:${port} </dev/null 2>/dev/null | openssl x509 -noout -dates -issuer\`;` +
    ' on a control plane of kubeadm also `kubeadm certs check-expiration`.'
  );
}

export function readLog(host: string, unit: string): string {
  return `\`journalctl -u ${unit}\` on ${host} (as a static pod: \`crictl logs\`) says why.`;
}
