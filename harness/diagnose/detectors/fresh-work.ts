import { z } from 'zod';
import type { ApiServer } from '../../kube/api-server.ts';
import { type ApiResource, type KubeObject, pathOf, refOf } from '../../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { HARMLESS_POD } from '../../probes/pod-admission.ts';
import { CANARY_NAME, CANARY_NAMESPACE, tryCanary } from '../canary.ts';
import { NO_NODE, RESTART, WHO_IS_DEAF } from '../deaf.ts';
import { type Detector, diagnosed } from '../detector.ts';

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
    const name = `${CANARY_NAME}-work-${patient.parts.clock.nowMs()}`;
    const blind: string[] = [];
    const tried = await Promise.all(
      worksOf(name).map(async (work) => {
        const { resource, spec } = work;
        const metadata = { name, namespace: CANARY_NAMESPACE };
        const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, spec };
        const path = pathOf(resource, CANARY_NAMESPACE, name);
        const isTakenUp = async (api: ApiServer) => work.isTakenUp(await api.get(path));
        const problem = await tryCanary(patient, { resource, object, isTakenUp }, blind);
        return problem === null ? [] : [deaf(work, object, problem)];
      }),
    );
    return diagnosed(tried.flat(), blind);
  },
};

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
