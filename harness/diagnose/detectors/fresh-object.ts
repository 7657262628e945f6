import { freshObject as check } from '../../checks/fresh-object.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { refOf } from '../../kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import { freshObjectIn } from '../../probes/fresh-object.ts';
import { CANARY_NAME, CANARY_NAMESPACE, tellLeft, tryCanary } from '../canary.ts';
import { RESTART } from '../deaf.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

/** One of the two detectors that write: what is caused now is better evidence than all that is read. */
export const freshObject: Detector = {
  name: 'fresh-object',
  title: 'A new object is listed by each API server, and controllers hear of it',
  stage: 'api-servers',
  needs: 'canary',
  async detect(patient) {
    // Whatever may fail comes before anything is made, of which it may have to be told that it is left.
    const nodes = await patient.objects(RESOURCES.nodes);
    const facts = await patient.facts();
    const left: string[] = [];
    const now = await Promise.all(
      patient.serving.map(({ api }) =>
        freshObjectIn(patient.looking, api, CANARY_NAMESPACE, (name, thrown) =>
          tellLeft(left, RESOURCES.configMaps, name, thrown),
        ),
      ),
    );
    const notAllowed = now.filter(({ createError }) => createError?.startsWith('HTTP 403'));
    const tried = now.filter((each) => !notAllowed.includes(each));
    const { findings } = check.examine({ phase: 'verify', now: tried, baseline: undefined, facts });
    const blind = [
      ...notAllowed.map(({ source, createError }) => `${source}: ${createError}`),
      ...patient.unserved,
    ];
    // Without nodes nobody expects controllers.
    const deaf =
      findings.length + blind.length === 0 && nodes.length > 0
        ? await controllersDeaf(patient, left)
        : [];
    // What the user has to remove comes first: of many reasons only some are shown.
    return diagnosed([...findings, ...deaf], [...left, ...blind]);
  },
};

/**
 * A Service without address and without pods: only its EndpointSlice comes of it.
 * @param blind is told why that is not known, and when it could not be removed.
 */
async function controllersDeaf(patient: Patient, blind: string[]): Promise<Finding[]> {
  const resource = RESOURCES.services;
  const name = `${CANARY_NAME}-${patient.parts.clock.nowMs()}`;
  const object = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, namespace: CANARY_NAMESPACE },
    spec: { clusterIP: 'None', selector: { 'kubedrill.dev/canary': name }, ports: [{ port: 80 }] },
  };
  const isTakenUp = async (api: ApiServer) => {
    let found = false;
    await api.list(RESOURCES.endpointSlices, {
      mode: 'consistent',
      namespace: CANARY_NAMESPACE,
      labelSelector: `kubernetes.io/service-name=${name}`,
      onItem: () => {
        found = true;
      },
    });
    return found;
  };
  const problem = await tryCanary(patient, { resource, object, isTakenUp }, blind);
  if (problem === null) return [];
  return [
    finding({
      code: 'controller-deaf',
      severity: 'error',
      message:
        `kube-controller-manager made no EndpointSlice for a Service created now (${problem}):` +
        ' it does not run, or hears of nothing new since the restore.',
      where: 'the control planes',
      objects: [refOf(resource, object)],
      cure: RESTART['controller-deaf'],
    }),
  ];
}
