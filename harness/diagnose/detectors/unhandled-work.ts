import { z } from 'zod';
import { tally } from '../../checks/object-set.ts';
import { counted } from '../../checks/wording.ts';
import { refOf } from '../../kube/resource.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding, type ObjectRef } from '../../model/finding.ts';
import { done, notYet, until } from '../../support/until.ts';
import { heldByName, keyOf } from '../by-name.ts';
import { CANARY_NAME } from '../canary.ts';
import { type Deaf, NO_NODE, RESTART, WHO_IS_DEAF } from '../deaf.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

const WORKLOADS = [
  RESOURCES.deployments,
  RESOURCES.replicaSets,
  RESOURCES.statefulSets,
  RESOURCES.daemonSets,
];
/** Long enough for whoever hears of it. */
const UNTOUCHED_MS = 60_000;
const PATIENCE_MS = 5000;

const workloadSchema = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  status: z
    .object({ observedGeneration: z.number().default(0) })
    .default({ observedGeneration: 0 }),
});

const podSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({
    nodeName: z.string().default(''),
    schedulerName: z.string().default('default-scheduler'),
    schedulingGates: z.array(z.unknown()).default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      startTime: z.string().optional(),
      conditions: z
        .array(z.object({ type: z.string(), lastTransitionTime: z.string().nullish() }))
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [] }),
});

interface Unhandled {
  code: Deaf;
  ref: ObjectRef;
  /** kubelet-deaf: of which node. */
  node: string;
  revision: number;
}

/** A component that waits at a revision of the future is alive, leads, and does nothing new. */
export const unhandledWork: Detector = {
  name: 'unhandled-work',
  title: 'Controllers, scheduler and kubelets have taken up what they were given a minute ago',
  stage: 'controllers',
  async detect(patient) {
    const nodes = await patient.objects(RESOURCES.nodes);
    if (nodes.length === 0) return NO_NODE;
    let left = [...(await unobserved(patient)), ...(await untouched(patient))];
    if (left.length > 0) {
      const { clock, signal } = patient.parts;
      await until(
        'they are taken up',
        async () => {
          const held = await Promise.all(left.map(({ ref }) => heldByName(patient.any(), ref)));
          // Whoever takes it up writes into it.
          left = left.filter(({ revision }, index) => held[index]?.revision === revision);
          return left.length === 0 ? done(undefined) : notYet(`${left.length} are not`);
        },
        { timeoutMs: PATIENCE_MS, intervalMs: PATIENCE_MS / 5, signal, clock },
      ).catch(() => undefined);
    }
    const groups = Map.groupBy(left, ({ code, node }) => `${code} ${node}`);
    return diagnosed([...groups.values()].map(deaf), patient.unserved);
  },
};

async function unobserved(patient: Patient): Promise<Unhandled[]> {
  const all = await Promise.all(
    WORKLOADS.map(async (resource) =>
      (await patient.objects(resource)).flatMap((object) => {
        const { metadata, status } = workloadSchema.parse(object);
        if (status.observedGeneration >= metadata.generation) return [];
        if (object.metadata.name.startsWith(CANARY_NAME)) return [];
        return { ...about('controller-deaf', refOf(resource, object), object.metadata), node: '' };
      }),
    ),
  );
  return all.flat();
}

function about(code: Deaf, ref: ObjectRef, metadata: { resourceVersion?: string }) {
  return { code, ref, revision: Number(metadata.resourceVersion ?? 0) };
}

async function untouched(patient: Patient): Promise<Unhandled[]> {
  const nowMs = await patient.nowMs();
  const isOld = (text: string) => nowMs - Date.parse(text) > UNTOUCHED_MS;
  return (await patient.objects(RESOURCES.pods)).flatMap((object): Unhandled[] => {
    const { metadata, spec, status } = podSchema.parse(object);
    if (metadata.deletionTimestamp !== undefined || !isOld(metadata.creationTimestamp)) return [];
    const ref = refOf(RESOURCES.pods, object);
    const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled');
    if (spec.nodeName === '') {
      const ours = spec.schedulerName === 'default-scheduler' && spec.schedulingGates.length === 0;
      const deafTo = ours && scheduled === undefined;
      return deafTo ? [{ ...about('scheduler-deaf', ref, object.metadata), node: '' }] : [];
    }
    const boundAt = scheduled?.lastTransitionTime ?? metadata.creationTimestamp;
    if (status.phase !== 'Pending' || status.startTime !== undefined || !isOld(boundAt)) return [];
    return [{ ...about('kubelet-deaf', ref, object.metadata), node: spec.nodeName }];
  });
}

function deaf(same: readonly Unhandled[]): Finding {
  const objects = same.map(({ ref }) => ref).toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  const { code, node } = same[0] ?? { code: 'controller-deaf' as const, node: '' };
  const who =
    code === 'kubelet-deaf' ? `The kubelet of ${node} ${WHO_IS_DEAF[code]}` : WHO_IS_DEAF[code];
  return finding({
    code,
    severity: 'error',
    message:
      `${who} ${counted(objects.length, 'object')} (${tally(objects)}): it does not run, or heard of` +
      ' nothing new after the restore. What it has missed it is not told again.',
    where: node === '' ? 'the control planes' : node,
    objects,
    cure: code === 'kubelet-deaf' ? `${RESTART[code]} ${node}.` : RESTART[code],
  });
}
