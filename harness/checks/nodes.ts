import type { Check } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { NodeObjects } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** A restore brings back the Node of a host that was taken away, and takes that of one that joined later. */
export const nodes: Check = {
  name: 'nodes',
  title: 'Each host with a kubelet has its Node, is ready, and there is no other Node',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'node-ghost', heals: false },
    { code: 'node-missing', heals: true },
    { code: 'node-not-ready', heals: true },
  ],
  examine({ now, facts }) {
    const [seen] = allOf(now, 'nodes');
    const blind = blindSpots(now, 'nodes', []);
    if (seen === undefined) return unknown(...blind, 'nobody asked for Nodes');
    const hosts = facts.nodes ?? [];
    const known = new Set(seen.nodes.map(({ name }) => name));
    const ghosts = seen.nodes.filter(({ name }) => !hosts.includes(name));
    const missing = hosts.filter((host) => !known.has(host));
    const unready = seen.nodes.filter(
      ({ name, ready }) => hosts.includes(name) && ready !== 'True',
    );
    return examined(
      [...ghostFinding(ghosts), ...missingFinding(missing), ...unreadyFinding(unready)],
      blind,
    );
  },
};

export function nodeRef(name: string): ObjectRef {
  return { group: '', resource: 'nodes', namespace: null, name };
}

function ghostFinding(ghosts: NodeObjects['nodes']): Finding[] {
  if (ghosts.length === 0) return [];
  const names = listed(ghosts.map(({ name }) => name));
  return [
    finding({
      code: 'node-ghost',
      severity: 'error',
      message: `The API has ${counted(ghosts.length, 'Node')} without a host: ${names}. Pods that are bound there never run.`,
      where: names,
      objects: ghosts.map(({ name }) => nodeRef(name)),
      cure: `\`kubectl delete node ${ghosts.map(({ name }) => name).join(' ')}\`, when the host is gone for good.`,
    }),
  ];
}

function missingFinding(missing: readonly string[]): Finding[] {
  if (missing.length === 0) return [];
  const names = listed(missing);
  return [
    finding({
      code: 'node-missing',
      severity: 'error',
      message: `The API has no Node for ${names}, where a kubelet ought to run.`,
      where: names,
      objects: missing.map(nodeRef),
      cure: `\`systemctl restart kubelet\` on ${names}: a kubelet registers its Node when it starts; if it is refused, \`kubeadm reset\` and \`kubeadm join\`.`,
    }),
  ];
}

function unreadyFinding(unready: NodeObjects['nodes']): Finding[] {
  if (unready.length === 0) return [];
  const names = listed(unready.map(({ name }) => name));
  return [
    finding({
      code: 'node-not-ready',
      severity: 'error',
      message: `${names} ${unready.length === 1 ? 'is' : 'are'} not ready.`,
      where: names,
      objects: unready.map(({ name }) => nodeRef(name)),
      cure: `\`kubectl describe node ${unready[0]?.name}\` and \`journalctl -u kubelet\` there say why.`,
    }),
  ];
}
