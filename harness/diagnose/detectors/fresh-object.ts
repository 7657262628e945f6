import { freshObject as check } from '../../checks/fresh-object.ts';
import { refOf } from '../../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { freshObjectIn } from '../../probes/fresh-object.ts';
import { problemOf } from '../../probes/probe.ts';
import { done, notYet, until } from '../../support/until.ts';
import { RESTART } from '../deaf.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

/** It is there in every cluster, and nobody's Namespace has to be made and removed. */
const NAMESPACE = 'default';
/** kube-controller-manager makes the slice of a new Service within a second. */
const SLICE_TIMEOUT_MS = 10_000;

/** One of the two detectors that write: what is caused now is better evidence than all that is read. */
export const freshObject: Detector = {
  name: 'fresh-object',
  title: 'A new object is listed by each API server, and controllers hear of it',
  stage: 'api-servers',
  needs: 'canary',
  async detect(patient) {
    const now = await Promise.all(
      patient.serving.map(({ api }) => freshObjectIn(patient.looking, api, NAMESPACE)),
    );
    const facts = await patient.facts();
    const notAllowed = now.filter(({ createError }) => createError?.startsWith('HTTP 403'));
    const tried = now.filter((each) => !notAllowed.includes(each));
    const { findings } = check.examine({ phase: 'verify', now: tried, baseline: undefined, facts });
    const blind = [
      ...notAllowed.map(({ source, createError }) => `${source}: ${createError}`),
      ...patient.unserved,
    ];
    const nodes = await patient.objects(RESOURCES.nodes);
    // Without nodes nobody expects controllers.
    const deaf =
      findings.length + blind.length === 0 && nodes.length > 0
        ? await controllersDeaf(patient)
        : [];
    return diagnosed([...findings, ...deaf], blind);
  },
};

/** A Service without address and without pods: only its EndpointSlice comes of it. */
async function controllersDeaf(patient: Patient): Promise<Finding[]> {
  const { api } = patient.any();
  const { clock, signal } = patient.parts;
  const resource = RESOURCES.services;
  const name = `kubedrill-canary-${clock.nowMs()}`;
  const service = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { clusterIP: 'None', selector: { 'kubedrill.dev/canary': name }, ports: [{ port: 80 }] },
  };
  await api.create(resource, service);
  try {
    await until(
      `${name} has an EndpointSlice`,
      async () => {
        let found = false;
        await api.list(RESOURCES.endpointSlices, {
          mode: 'consistent',
          namespace: NAMESPACE,
          labelSelector: `kubernetes.io/service-name=${name}`,
          onItem: () => {
            found = true;
          },
        });
        return found ? done(true) : notYet('it has none');
      },
      { timeoutMs: SLICE_TIMEOUT_MS, intervalMs: 250, signal, clock },
    );
    return [];
  } catch (thrown) {
    return [
      finding({
        code: 'controller-deaf',
        severity: 'error',
        message:
          `kube-controller-manager made no EndpointSlice for a Service created now (${problemOf(thrown)}):` +
          ' it does not run, or hears of nothing new since the restore.',
        where: 'the control planes',
        objects: [refOf(resource, service)],
        cure: RESTART['controller-deaf'],
      }),
    ];
  } finally {
    await api.delete(resource, NAMESPACE, name).catch(() => undefined);
  }
}
