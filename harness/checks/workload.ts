import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { NewWorkload } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted, listed } from './wording.ts';

/** A controller that lived through a restore looks alive, renews its lease, and hears nothing. */
export const workload: Check = {
  name: 'workload',
  title: 'A ReplicaSet made now gets its pod, and the pod its node',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'controllers', 'workload'],
  explainedBy: ['no-leader', 'cluster-id-differs', 'writes-refused'],
  codes: [
    { code: 'workload-refused', heals: true },
    { code: 'workload-without-pod', heals: true },
    { code: 'workload-without-node', heals: true },
  ],
  examine({ now }) {
    const tried = allOf(now, 'new-workload');
    const blind = blindSpots(now, 'new-workload', []);
    if (tried.length === 0) return unknown(...blind, 'nobody made a workload');
    return examined(tried.flatMap(whatLacks), blind);
  },
};

const ORDER =
  'API servers first (`systemctl restart kube-apiserver`, or move its static pod out and back), and' +
  ' when their lists are right';

function whatLacks(tried: NewWorkload): Finding[] {
  const { source, createError, podAfterMs, nodeAfterMs, watchedMs } = tried;
  if (createError !== null) {
    return [
      finding({
        code: 'workload-refused',
        severity: 'error',
        message: `No ReplicaSet can be created through the API server on ${source}: ${createError}.`,
        where: source,
        cure: `\`kubectl --namespace=kube-system get leases\` and the log of kube-apiserver on ${listed([source])} say more.`,
      }),
    ];
  }
  if (podAfterMs === null) {
    return [
      finding({
        code: 'workload-without-pod',
        severity: 'error',
        message:
          `A ReplicaSet made now got no pod within ${lasted(watchedMs)}, and no event says why:` +
          ' controller-manager does not hear of it, or does not lead.',
        where: source,
        cure: `Restart what lived through the restore, in this order: ${ORDER}, kube-controller-manager.`,
      }),
    ];
  }
  if (nodeAfterMs !== null) return [];
  return [
    finding({
      code: 'workload-without-node',
      severity: 'error',
      message:
        `The pod of a ReplicaSet made now got no node within ${lasted(watchedMs)}: kube-scheduler does` +
        ' not hear of it, or does not lead.',
      where: source,
      cure: `Restart what lived through the restore, in this order: ${ORDER}, kube-scheduler.`,
    }),
  ];
}
