import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { ApiPod, KubeletPods, PodIdentity } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { isScratchNamespace } from './may-change.ts';
import { allOf, blindSpots, bySource } from './observed.ts';
import { counted, listedFirst } from './wording.ts';

/** One node: what the API has on it, what its kubelet thinks, and of which pods processes run. */
export interface NodeView {
  host: string;
  api: ApiPod[];
  /** Undefined when the kubelet did not answer. */
  kubelet: KubeletPods['pods'] | undefined;
  /** Undefined when nobody could look. */
  running: PodIdentity[] | undefined;
}

/**
 * A kubelet that lived through a restore is told nothing: it goes on running the pods of a world that is gone, and
 * never starts those that came back, while the API shows the status of the snapshot for both.
 */
export const kubeletPods: Check = {
  name: 'kubelet-pods',
  title: 'Each node runs the pods that the API has there, and no others',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  // Who lists pods from a stale cache compares with the wrong world.
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'phantom-pod', heals: true },
    { code: 'pod-without-containers', heals: true },
    { code: 'pod-seen-differently', heals: true },
  ],
  examine(view) {
    const hosts = view.facts.nodes ?? [];
    const [listed] = allOf(view.now, 'api-pods');
    const blind = [
      ...blindSpots(view.now, 'api-pods', []),
      ...blindSpots(view.now, 'kubelet-pods', hosts),
      ...blindSpots(view.now, 'node-containers', hosts),
    ];
    if (listed === undefined) return unknown(...blind, 'nobody listed the pods of the API');
    const nodes = hosts.map((host) => nodeView(host, listed.pods, view));
    return examined(nodes.flatMap(differencesOn), blind);
  },
};

/** Where they do not agree. */
export function differencesOn(node: NodeView): Finding[] {
  return [...phantoms(node), ...withoutContainers(node), ...seenDifferently(node)];
}

function nodeView(host: string, pods: readonly ApiPod[], { now, facts }: CheckView): NodeView {
  const counts = ({ namespace }: PodIdentity) => !isScratchNamespace(namespace, facts);
  return {
    host,
    api: pods.filter((pod) => pod.node === host && counts(pod)),
    kubelet: bySource(now, 'kubelet-pods').get(host)?.pods.filter(counts),
    running: bySource(now, 'node-containers').get(host)?.pods.filter(counts),
  };
}

export function podRef({ namespace, name, uid }: PodIdentity): ObjectRef {
  return { group: '', resource: 'pods', namespace, name: name === '' ? uid : name };
}

function namesOf(pods: readonly PodIdentity[]): string {
  return listedFirst(
    pods.map(({ namespace, name, uid }) => (name === '' ? uid : `${namespace}/${name}`)).sort(),
  );
}

function uidsOf(pods: readonly PodIdentity[]): Set<string> {
  return new Set(pods.map(({ uid }) => uid));
}

function restartKubelet(host: string): string {
  return (
    `\`systemctl restart kubelet\` on ${host}, after its API server's own lists are right: it asks anew` +
    ' for the pods of its node.'
  );
}

function phantoms({ host, api, kubelet = [], running = [] }: NodeView): Finding[] {
  const known = uidsOf(api);
  const all = new Map([...running, ...kubelet].map((pod) => [pod.uid, pod]));
  const phantom = [...all.values()].filter(({ uid }) => !known.has(uid));
  if (phantom.length === 0) return [];
  return [
    finding({
      code: 'phantom-pod',
      severity: 'error',
      message: `${host} runs ${counted(phantom.length, 'pod')} that the API does not have there: ${namesOf(phantom)}.`,
      where: host,
      objects: phantom.map(podRef),
      cure: restartKubelet(host),
    }),
  ];
}

/** Only pods that the API says are ready: others may be about to start. */
function withoutContainers({ host, api, kubelet, running }: NodeView): Finding[] {
  const ready = api.filter(({ ready, deleting }) => ready && !deleting);
  const lacking = (pods: readonly PodIdentity[] | undefined) => {
    const have = pods && uidsOf(pods);
    return (pod: ApiPod) => have !== undefined && !have.has(pod.uid);
  };
  const [unknownTo, notRunning] = [lacking(kubelet), lacking(running)];
  const empty = ready.filter((pod) => unknownTo(pod) || notRunning(pod));
  if (empty.length === 0) return [];
  return [
    finding({
      code: 'pod-without-containers',
      severity: 'error',
      message:
        `The API says that ${counted(empty.length, 'pod')} on ${host} ${empty.length === 1 ? 'is' : 'are'} ready which` +
        ` ${host} does not run: ${namesOf(empty)}. That status came out of the snapshot.`,
      where: host,
      objects: empty.map(podRef),
      cure: restartKubelet(host),
    }),
  ];
}

/** The names agree all the same: only the address and the deletion tell. */
function seenDifferently({ host, api, kubelet = [] }: NodeView): Finding[] {
  const byUid = new Map(kubelet.map((pod) => [pod.uid, pod]));
  const differing = api.flatMap((pod) => {
    const own = byUid.get(pod.uid);
    if (own === undefined || !pod.ready) return [];
    const moved = own.podIp !== null && pod.podIp !== own.podIp;
    return moved || pod.deleting !== own.deleting ? [{ pod, own }] : [];
  });
  const [first] = differing;
  if (first === undefined) return [];
  const { pod, own } = first;
  const detail =
    pod.deleting === own.deleting
      ? `${pod.name} has ${own.podIp} there and ${pod.podIp ?? 'no address'} in the API`
      : `${pod.name} is being deleted only ${pod.deleting ? 'in the API' : 'there'}`;
  return [
    finding({
      code: 'pod-seen-differently',
      severity: 'error',
      message: `The kubelet of ${host} and the API differ about ${counted(differing.length, 'pod')}: ${detail}.`,
      where: host,
      objects: differing.map((each) => podRef(each.pod)),
      cure: restartKubelet(host),
    }),
  ];
}
