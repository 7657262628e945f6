import { leaderLeases as check } from '../../checks/leader-leases.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { byCheck, type Detector, diagnosed } from '../detector.ts';

const examine = byCheck(check, ['leader-lease']);

/** A restored Lease names a leader that may be long dead; only a renewal is a sign of life. */
export const leaderLeases: Detector = {
  name: 'leader-leases',
  title: 'kube-controller-manager and kube-scheduler renew their leader leases',
  stage: 'controllers',
  async detect(patient) {
    const leases = await patient.objects(RESOURCES.leases);
    const nodes = await patient.objects(RESOURCES.nodes);
    const own = leases.filter(
      ({ metadata: { namespace, name } }) =>
        namespace === 'kube-system' && ['kube-controller-manager', 'kube-scheduler'].includes(name),
    );
    if (own.length === 0 && nodes.length === 0)
      return {
        verdict: 'skipped',
        reason: 'a cluster without nodes and without leader leases has no controllers to look for',
        findings: [],
      };
    const { findings, reason } = await examine(patient);
    return diagnosed(findings, reason === null ? [] : [reason]);
  },
};
