import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiPod, NodeObjects } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { podRef } from './kubelet-pods.ts';
import { isScratchNamespace } from './may-change.ts';
import { nodeRef } from './nodes.ts';
import { allOf, blindSpots, bySource } from './observed.ts';
import { counted, lasted, listed, listedFirst } from './wording.ts';

/** A kubelet renews every ten seconds, and is given up after forty. */
const GIVEN_UP_MS = 40_000;

/**
 * `Ready` of nodes and pods is stored, so a restore brings it back. What counts is what happened since: a node
 * whose Lease was renewed, a pod whose container was started or that answers a connection.
 */
export const freshEvidence: Check = {
  name: 'fresh-evidence',
  title: 'Each node and each ready pod has given a sign of life since the recovery began',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'node-silent', heals: true },
    { code: 'pod-silent', heals: true },
  ],
  examine(view) {
    const hosts = view.facts.nodes ?? [];
    const [objects] = allOf(view.now, 'nodes');
    const [pods] = allOf(view.now, 'api-pods');
    const blind = [
      ...blindSpots(view.now, 'nodes', []),
      ...blindSpots(view.now, 'api-pods', []),
      ...blindSpots(view.now, 'pod-answers', hosts),
    ];
    if (objects === undefined || pods === undefined) {
      return unknown(...blind, 'nobody listed nodes and pods');
    }
    const sinceMs = view.facts.recoveryStartedAtMs ?? objects.atMs - GIVEN_UP_MS;
    const silent = objects.nodes.filter(
      ({ name, leaseRenewedAtMs }) => hosts.includes(name) && (leaseRenewedAtMs ?? 0) <= sinceMs,
    );
    const signs = signsOfLife(view, sinceMs);
    const looked = new Set(bySource(view.now, 'pod-answers').keys());
    const mute = pods.pods.filter(
      ({ uid, node, ready, deleting, namespace }) =>
        ready &&
        !deleting &&
        looked.has(node ?? '') &&
        !signs.has(uid) &&
        !isScratchNamespace(namespace, view.facts),
    );
    return examined([...silentNodes(silent, objects.atMs), ...silentPods(mute)], blind);
  },
};

/** The uids of pods that count. */
function signsOfLife({ now, facts }: CheckView, sinceMs: number): Set<string> {
  const pods = allOf(now, 'api-pods').flatMap((each) => each.pods);
  const kubelets = allOf(now, 'kubelet-pods').flatMap((each) => each.pods);
  // Before a recovery nothing has been restored: what runs counts, however old it is.
  const enoughMs = facts.recoveryStartedAtMs === null ? 0 : sinceMs;
  const started = kubelets.filter(({ startedAtMs }) => (startedAtMs ?? -1) >= enoughMs);
  const asked = allOf(now, 'pod-answers').flatMap((each) => each.pods);
  const answered = asked.filter((pod) => pod.answered);
  // Of a pod without a port no more can be had than that its processes run.
  const portless = new Set(pods.filter(({ tcpPorts }) => tcpPorts.length === 0).map(uidOf));
  const running = allOf(now, 'node-containers').flatMap((each) => each.pods);
  const served = new Set(allOf(now, 'ingress-route').map(({ pod }) => pod));
  return new Set([
    ...started.map(uidOf),
    ...answered.map(uidOf),
    ...running.map(uidOf).filter((uid) => portless.has(uid)),
    ...pods.filter(({ name }) => served.has(name)).map(uidOf),
  ]);
}

function uidOf({ uid }: { uid: string }): string {
  return uid;
}

function silentNodes(silent: NodeObjects['nodes'], nowMs: number): Finding[] {
  if (silent.length === 0) return [];
  const names = listed(silent.map(({ name }) => name));
  const ages = silent.map(({ leaseRenewedAtMs }) =>
    leaseRenewedAtMs === null ? 'never' : `${lasted(Math.max(0, nowMs - leaseRenewedAtMs))} ago`,
  );
  return [
    finding({
      code: 'node-silent',
      severity: 'error',
      message:
        `No kubelet of ${names} has renewed its Lease since (last: ${listed([...new Set(ages)])}). What` +
        ' the API says of these nodes and their pods is old.',
      where: names,
      objects: silent.map(({ name }) => nodeRef(name)),
      cure: `\`systemctl restart kubelet\` on ${names}; \`journalctl -u kubelet\` there says why.`,
    }),
  ];
}

function silentPods(mute: readonly ApiPod[]): Finding[] {
  if (mute.length === 0) return [];
  const nodes = [...new Set(mute.map(({ node }) => node ?? ''))].sort();
  const names = mute.map(({ namespace, name }) => `${namespace}/${name}`).sort();
  return [
    finding({
      code: 'pod-silent',
      severity: 'error',
      message:
        `${counted(mute.length, 'pod')} on ${listed(nodes)} ${mute.length === 1 ? 'is' : 'are'} ready by the API alone: no container was` +
        ` started since, and none of the ports answers (${listedFirst(names)}).`,
      where: listed(nodes),
      objects: mute.map(podRef),
      cure: `\`systemctl restart kubelet\` on ${listed(nodes)}; then delete pods that stay so, to have them made anew.`,
    }),
  ];
}
