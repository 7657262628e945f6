import { z } from 'zod';
import { counted, lasted, listedFirst } from '../../checks/wording.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding, type ObjectRef } from '../../model/finding.ts';
import { done, notYet, until } from '../../support/until.ts';
import { conditionedStatusSchema } from '../conditioned.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

const LEASES = 'kube-node-lease';
/** Kubelets renew every 10 s. A backup that was restored at once has Leases that are hardly older than that. */
const SUSPECT_MS = 12_000;
const WATCH_MS = 20_000;
/** kube-controller-manager gives them 50 s. */
const ALIVE_MS = 60_000;

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: conditionedStatusSchema,
});

const leaseSchema = z.object({ spec: z.object({ renewTime: z.string().default('') }) });

const podSchema = z.object({
  spec: z.object({ nodeName: z.string().default('') }),
  status: conditionedStatusSchema,
});

type Conditioned = { status: { conditions: { type: string; status: string }[] } };

/**
 * That a node is Ready came out of the backup as everything else did; the Lease that its kubelet
 * renews is the one thing that only a living kubelet keeps fresh.
 */
export const nodeLeases: Detector = {
  name: 'node-leases',
  title:
    'Every node that is Ready has a kubelet that renews its Lease, and every kubelet has a node',
  stage: 'nodes',
  async detect(patient) {
    const nodes = (await patient.objects(RESOURCES.nodes)).map((each) => nodeSchema.parse(each));
    const renewals = renewalsIn(await patient.objects(RESOURCES.leases));
    const nowMs = await patient.nowMs();
    const isSuspect = (name: string) => nowMs - (renewals.get(name) ?? 0) > SUSPECT_MS;
    const names = nodes.map(({ metadata }) => metadata.name);
    const alive = await renewedWhileWatched(patient, names.filter(isSuspect), renewals);
    const silent = new Set(names.filter((name) => isSuspect(name) && !alive.has(name)));
    const claimed = nodes.filter(isReady).map(({ metadata }) => metadata.name);
    const notReady = names.filter((name) => !claimed.includes(name));
    const unproven = claimed.filter((name) => silent.has(name));
    const unregistered = [...renewals]
      .filter(([name, atMs]) => !names.includes(name) && nowMs - atMs <= ALIVE_MS)
      .map(([name]) => name);
    const ages = new Map([...silent].map((name) => [name, nowMs - (renewals.get(name) ?? 0)]));
    return diagnosed(
      [
        ...(unproven.length > 0
          ? [readyUnproven(unproven, ages, await readyPodsOn(patient, silent))]
          : []),
        ...(notReady.length > 0 ? [unready(notReady, names.length)] : []),
        ...(unregistered.length > 0 ? [withoutNode(unregistered)] : []),
      ],
      patient.unserved,
    );
  },
};

function isReady({ status }: Conditioned): boolean {
  return status.conditions.some((each) => each.type === 'Ready' && each.status === 'True');
}

function renewalsIn(leases: readonly KubeObject[]): Map<string, number> {
  const own = leases.filter(({ metadata }) => metadata.namespace === LEASES);
  return new Map(
    own.map((lease) => [
      lease.metadata.name,
      Date.parse(leaseSchema.parse(lease).spec.renewTime) || 0,
    ]),
  );
}

/**
 * A kubelet whose clock is behind looks silent, and renews all the same.
 * @throws Error when the API server was silent itself at the end: nobody can renew anything there.
 */
async function renewedWhileWatched(
  patient: Patient,
  suspects: readonly string[],
  before: ReadonlyMap<string, number>,
): Promise<Set<string>> {
  const alive = new Set<string>();
  if (suspects.length === 0) return alive;
  const { clock, signal } = patient.parts;
  let answered = false;
  await until(
    'all of them renew their Leases',
    async () => {
      answered = false;
      const now: KubeObject[] = [];
      await patient.any().api.list(RESOURCES.leases, {
        mode: 'consistent',
        namespace: LEASES,
        onItem: (lease) => void now.push(lease),
      });
      answered = true;
      for (const [name, atMs] of renewalsIn(now))
        if (suspects.includes(name) && atMs !== before.get(name)) alive.add(name);
      const left = suspects.length - alive.size;
      return left === 0 ? done(undefined) : notYet(`${left} do not`);
    },
    { timeoutMs: WATCH_MS, intervalMs: WATCH_MS / 10, signal, clock },
  ).catch((thrown: unknown) => {
    if (!answered) throw thrown;
  });
  return alive;
}

/** Null when pods may not be read. */
async function readyPodsOn(patient: Patient, nodes: ReadonlySet<string>): Promise<number | null> {
  try {
    const pods = (await patient.objects(RESOURCES.pods)).map((each) => podSchema.parse(each));
    return pods.filter((pod) => nodes.has(pod.spec.nodeName) && isReady(pod)).length;
  } catch {
    return null;
  }
}

function readyUnproven(
  names: readonly string[],
  ages: ReadonlyMap<string, number>,
  readyPods: number | null,
): Finding {
  const [first = ''] = names;
  const ageMs = ages.get(first) ?? 0;
  const since = ageMs > 50 * 365 * 86_400_000 ? 'never' : `${lasted(ageMs)} ago`;
  const pods =
    readyPods === null
      ? ''
      : ` ${counted(readyPods, 'pod')} on them ${readyPods === 1 ? 'is' : 'are'} Ready by hearsay.`;
  return finding({
    code: 'node-ready-unproven',
    severity: 'error',
    message:
      `${counted(names.length, 'node')} (${listedFirst(names)}) ${names.length === 1 ? 'is' : 'are'} Ready only because the` +
      ` backup says so: the Lease of ${first} was last renewed ${since}, and was not while watched.${pods}`,
    where: listedFirst(names),
    objects: refs(names),
    cure: RESTART_KUBELET(first),
  });
}

function unready(names: readonly string[], all: number): Finding {
  return finding({
    code: 'nodes-not-ready',
    severity: names.length * 2 >= all ? 'error' : 'warning',
    message:
      `${names.length} of ${counted(all, 'node')} ${names.length === 1 ? 'is' : 'are'} not Ready: ${listedFirst(names)}.` +
      ' Pods of those that stay so are evicted five minutes after the majority is back.',
    where: listedFirst(names),
    objects: refs(names),
    cure:
      `${RESTART_KUBELET(names[0] ?? '')} A node that was removed after the backup is a ghost:` +
      ` \`kubectl delete node ${names[0] ?? 'NODE'}\`.`,
  });
}

function withoutNode(names: readonly string[]): Finding {
  return finding({
    code: 'node-unregistered',
    severity: 'error',
    message:
      `The kubelet of ${listedFirst(names)} renews its Lease, but there is no such Node: it joined after` +
      ' the backup, and registers only when it starts. Its containers run on, unknown to everybody.',
    where: listedFirst(names),
    objects: refs(names),
    cure: RESTART_KUBELET(names[0] ?? ''),
  });
}

const RESTART_KUBELET = (node: string) =>
  `After the API servers are sound: \`systemctl restart kubelet\` on ${node};` +
  ' `journalctl -u kubelet` there says what holds it.';

function refs(names: readonly string[]): ObjectRef[] {
  return names.map((name) => ({ group: '', resource: 'nodes', namespace: null, name }));
}
