import { serviceEndpoints as check } from '../../checks/service-endpoints.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Examination } from '../../model/check.ts';
import type { ObservableKind } from '../../probes/index.ts';
import { done, notYet, until } from '../../support/until.ts';
import { byCheck, type Detector, diagnosed } from '../detector.ts';

const KINDS: readonly ObservableKind[] = ['services', 'api-pods'];
const examine = byCheck(check, KINDS);
/** Pods come and go between two lists; kube-controller-manager follows within seconds. */
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
    const { clock, signal } = patient.parts;
    let last: Examination = await examine(patient);
    if (last.findings.length > 0)
      await until(
        'endpoints have followed the pods',
        async () => {
          await patient.observeAnew(KINDS);
          last = await examine(patient);
          return last.findings.length === 0 ? done(undefined) : notYet('they have not');
        },
        { timeoutMs: PATIENCE_MS, intervalMs: PATIENCE_MS / 5, signal, clock },
      ).catch(() => undefined);
    return diagnosed(last.findings, last.reason === null ? patient.unserved : [last.reason]);
  },
};
