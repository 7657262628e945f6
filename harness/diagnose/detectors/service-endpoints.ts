import { serviceEndpoints as check } from '../../checks/service-endpoints.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { ObservableKind } from '../../probes/index.ts';
import { byCheck, type Detector, diagnosed } from '../detector.ts';
import { persisting } from '../persisting.ts';

const KINDS: readonly ObservableKind[] = ['services', 'api-pods'];
const examine = byCheck(check, KINDS);
/** kube-controller-manager follows within seconds. */
const PATIENCE_MS = 10_000;

/** A controller-manager that lived through the restore leads, and leaves endpoints as they were. */
export const serviceEndpoints: Detector = {
  name: 'service-endpoints',
  title: 'The endpoints of each Service are the ready pods that it selects',
  stage: 'network',
  async detect(patient) {
    const nodes = await patient.objects(RESOURCES.nodes);
    if (nodes.length === 0)
      return { verdict: 'skipped', reason: 'there is no node for any pod to run on', findings: [] };
    const { findings, reason } = await persisting(patient, PATIENCE_MS, async () => {
      await patient.observeAnew(KINDS);
      return examine(patient);
    });
    return diagnosed(findings, reason === null ? patient.unserved : [reason]);
  },
};
