import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ContainerStart, StaticPods } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { listedFirst } from './wording.ts';

type Container = StaticPods['containers'][number];

/** A manifest that was changed is no proof that what it says runs: the kubelet may not have read it yet, or never. */
export const staticPods: Check = {
  name: 'static-pods',
  title: 'Each part of the control plane runs with the image and the flags of its manifest',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  explainedBy: [],
  codes: [
    { code: 'static-pod-not-running', heals: true },
    { code: 'static-pod-unintended', heals: true },
    { code: 'static-pod-differs', heals: true },
  ],
  examine({ now, facts }) {
    const all = allOf(now, 'static-pods');
    const blind = blindSpots(now, 'static-pods', facts.apiServers);
    if (all.length === 0) return unknown(...blind, 'nobody looked at manifests');
    const empty = all
      .filter(({ containers }) => containers.length === 0)
      .map(({ source }) => `${source} has neither manifests nor parts of a control plane`);
    const findings = all.flatMap(({ source, containers }) =>
      containers.flatMap((container) => judge(source, container)),
    );
    return examined(findings, [...blind, ...empty]);
  },
};

function judge(host: string, { name, intended, running }: Container): Finding[] {
  if (intended !== null && running !== null) return differs(host, name, intended, running);
  const manifest = `/etc/kubernetes/manifests/${name}.yaml`;
  if (running === null) {
    return [
      finding({
        code: 'static-pod-not-running',
        severity: 'error',
        message: `${name} does not run on ${host}, though its manifest is there.`,
        where: host,
        cure: `\`journalctl -u kubelet\` and \`crictl ps --all\` on ${host} say why.`,
      }),
    ];
  }
  return [
    finding({
      code: 'static-pod-unintended',
      severity: 'error',
      message: `${name} runs on ${host} without a manifest in the kubelet's folder.`,
      where: host,
      cure: `Put ${manifest} back, or wait until the kubelet has stopped it; \`systemctl status kubelet\` on ${host}.`,
    }),
  ];
}

function differs(
  host: string,
  name: string,
  intended: ContainerStart,
  running: ContainerStart,
): Finding[] {
  const differences = [
    ...(running.image !== null && running.image !== intended.image
      ? [`it runs ${running.image} instead of ${intended.image}`]
      : []),
    ...lacking(intended, running).map((word) => `${word} is not in force`),
    ...lacking(running, intended).map((word) => `${word} is`),
  ];
  if (differences.length === 0) return [];
  return [
    finding({
      code: 'static-pod-differs',
      severity: 'error',
      message: `${name} on ${host} was started otherwise than its manifest says: ${listedFirst(differences)}.`,
      where: host,
      cure: `Move /etc/kubernetes/manifests/${name}.yaml away, wait until ${name} has ended, and move it back; if the kubelet does not follow, \`systemctl restart kubelet\`.`,
    }),
  ];
}

/** Words of one command line that the other has not. */
function lacking({ command }: ContainerStart, other: ContainerStart): string[] {
  return command.filter((word) => !other.command.includes(word));
}
