import { z } from 'zod';
import { isNotFound } from '../../kube/error.ts';
import { type ApiResource, type KubeObject, pathOf, refOf } from '../../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { HARMLESS_POD } from '../../probes/pod-admission.ts';
import { problemOf } from '../../probes/probe.ts';
import { done, notYet, until } from '../../support/until.ts';
import { NO_NODE, RESTART, WHO_IS_DEAF } from '../deaf.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

const NAMESPACE = 'default';
/** Both answer within half a second when they are well, on a busy machine within some. */
const TAKEN_UP_MS = 10_000;
/** No node has it: the scheduler says so of the pod, and nothing is ever started. */
const NOWHERE = { 'kubedrill.dev/nowhere': 'true' };

interface Work {
  code: 'controller-deaf' | 'scheduler-deaf';
  resource: ApiResource;
  spec: object;
  isTakenUp(object: KubeObject): boolean;
}

const replicaSetSchema = z.object({
  status: z
    .object({ observedGeneration: z.number().default(0) })
    .default({ observedGeneration: 0 }),
});
const podSchema = z.object({
  status: z.object({ conditions: z.array(z.unknown()).default([]) }).default({ conditions: [] }),
});

function worksOf(name: string): Work[] {
  const labels = { 'kubedrill.dev/canary': name };
  return [
    {
      code: 'controller-deaf',
      resource: RESOURCES.replicaSets,
      // Of no pod at all; that it was looked at is written into its status.
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: HARMLESS_POD },
      },
      isTakenUp: (object) => replicaSetSchema.parse(object).status.observedGeneration > 0,
    },
    {
      code: 'scheduler-deaf',
      resource: RESOURCES.pods,
      spec: { ...HARMLESS_POD, nodeSelector: NOWHERE, automountServiceAccountToken: false },
      isTakenUp: (object) => podSchema.parse(object).status.conditions.length > 0,
    },
  ];
}

/** Watches are deaf resource by resource, and who is deaf looks well until work is there. */
export const freshWork: Detector = {
  name: 'fresh-work',
  title: 'A ReplicaSet and a pod made now are looked at by controller-manager and scheduler',
  stage: 'controllers',
  needs: 'canary',
  async detect(patient) {
    const nodes = await patient.objects(RESOURCES.nodes);
    if (nodes.length === 0) return NO_NODE;
    const name = `kubedrill-canary-work-${patient.parts.clock.nowMs()}`;
    const blind: string[] = [];
    const tried = await Promise.all(
      worksOf(name).map(async (work) => {
        try {
          return await give(patient, work, name, blind);
        } catch (thrown) {
          blind.push(`a ${work.resource.kind} made for a try: ${problemOf(thrown)}`);
          return [];
        }
      }),
    );
    return diagnosed(tried.flat(), blind);
  },
};

/**
 * Makes it, waits until somebody has looked at it, and removes it.
 * @param blind is told when it could not be removed.
 * @throws ApiError when it cannot be made.
 */
async function give(
  patient: Patient,
  work: Work,
  name: string,
  blind: string[],
): Promise<Finding[]> {
  const { api } = patient.any();
  const { clock, signal } = patient.parts;
  const { resource, spec } = work;
  const metadata = { name, namespace: NAMESPACE };
  const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, spec };
  let answered = false;
  let isMade = false;
  try {
    await api.create(resource, object);
    isMade = true;
    await until(
      `somebody looks at the ${resource.kind} ${name}`,
      async () => {
        const now = await api.get(pathOf(resource, NAMESPACE, name));
        answered = true;
        return work.isTakenUp(now) ? done(true) : notYet('nobody has');
      },
      { timeoutMs: TAKEN_UP_MS, intervalMs: 250, signal, clock },
    );
    return [];
  } catch (thrown) {
    // An API server that does not answer says nothing of who is deaf, nor one that lets nothing be made.
    if (!isMade || !answered || signal?.aborted) throw thrown;
    return [deaf(work, object, problemOf(thrown))];
  } finally {
    // Also where making it failed: a request that was given up may have been heard.
    await api.delete(resource, NAMESPACE, name).catch((thrown: unknown) => {
      if (isMade && !isNotFound(thrown))
        blind.push(
          `${resource.kind} ${name} was made for a try and is left (${problemOf(thrown)}):` +
            ` kubectl --namespace ${NAMESPACE} delete ${resource.resource} ${name}`,
        );
    });
  }
}

function deaf({ code, resource }: Work, object: KubeObject, problem: string): Finding {
  return finding({
    code,
    severity: 'error',
    message:
      `${WHO_IS_DEAF[code]} a ${resource.kind} made now (${problem}): it does not run, or hears of` +
      ' nothing new since the restore.',
    where: 'the control planes',
    objects: [refOf(resource, object)],
    cure: RESTART[code],
  });
}
