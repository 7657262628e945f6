import { blindSpots } from '../../checks/observed.ts';
import { podAdmission as check } from '../../checks/pod-admission.ts';
import { counted } from '../../checks/wording.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { CANARY_NAMESPACE } from '../../kube/drill-objects.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { type Finding, finding } from '../../model/finding.ts';
import type { Observation, PodAdmission } from '../../model/observation.ts';
import { admit } from '../../probes/pod-admission.ts';
import { inParallel } from '../../support/parallel.ts';
import { type Detector, diagnosed } from '../detector.ts';
import type { Patient } from '../patient.ts';

const CONCURRENCY = 8;
const NAMESPACES_MAX = 200;
/** A webhook that is given 30 s and does not answer costs as much for each Namespace. */
const SLOW_MS = 2000;
/** After so many slow answers the rest would only tell the same. */
const SLOW_MAX = 4;

/** A restored webhook whose operator is gone stops every pod while all that runs looks healthy. */
export const podAdmission: Detector = {
  name: 'pod-admission',
  title: 'Each API server would admit a pod in every Namespace (server-side dry run)',
  stage: 'admission',
  async detect(patient) {
    const webhooks = await patient.observe(['pod-webhook']);
    const namespaces = inOrder(await namespacesOf(patient), webhooks);
    const asked = namespaces.slice(0, NAMESPACES_MAX);
    const blind = [...patient.unserved, ...blindSpots(webhooks, 'pod-webhook', [])];
    if (asked.length < namespaces.length)
      blind.push(`${namespaces.length - asked.length} Namespaces were left out`);
    const tried: PodAdmission[] = [];
    for (const { api } of patient.serving) {
      const { answers, unasked } = await tryAll(patient, api, asked);
      tried.push(...answers);
      if (unasked > 0)
        blind.push(`${counted(unasked, 'Namespace')} not asked of ${api.host}: answers are slow`);
    }
    const notAllowed = tried.filter(({ error }) => error !== null && NO_RIGHT.test(error));
    if (notAllowed.length > 0)
      blind.push(
        `no right to try a pod in ${counted(notAllowed.length, 'Namespace')} (create pods; only a dry run is sent)`,
      );
    const answered = tried.filter((each) => !notAllowed.includes(each));
    return diagnosed(await judge(patient, answered, webhooks), blind);
  },
};

/** RBAC's own words. */
const NO_RIGHT = /cannot create resource "pods"/;
/** A policy that says no has been asked and has answered: it does what it is there for. */
const REFUSED_BY_POLICY = /^HTTP (400|403|422) /;
const NO_SERVICE_ACCOUNT = /error looking up service account/;

async function judge(
  patient: Patient,
  answered: readonly PodAdmission[],
  webhooks: readonly Observation[],
): Promise<Finding[]> {
  const facts = await patient.facts();
  const lacking = answered.filter(({ error }) => error !== null && NO_SERVICE_ACCOUNT.test(error));
  const judged = answered
    .filter((each) => !lacking.includes(each))
    .map((each) => {
      const policy = each.error !== null && REFUSED_BY_POLICY.test(each.error);
      return policy ? { ...each, error: null } : each;
    });
  const now = [...judged, ...webhooks];
  const { findings } =
    judged.length === 0
      ? { findings: [] }
      : check.examine({ phase: 'verify', now, baseline: undefined, facts });
  return [...findings, ...withoutAccount(lacking)];
}

function withoutAccount(lacking: readonly PodAdmission[]): Finding[] {
  const namespaces = [...new Set(lacking.map(({ namespace }) => namespace))].sort();
  if (namespaces.length === 0) return [];
  return [
    finding({
      code: 'default-service-account-missing',
      severity: 'error',
      message:
        `No pod can be created in ${counted(namespaces.length, 'Namespace')} (${namespaces.join(', ')}):` +
        ' the ServiceAccount default, which kube-controller-manager makes, is not there.',
      where: namespaces.join(', '),
      objects: namespaces.map((namespace) => ({
        group: '',
        resource: 'serviceaccounts',
        namespace,
        name: 'default',
      })),
      cure:
        'Restart kube-controller-manager on every control plane: it does not run, or hears of nothing new.' +
        ` At once: \`kubectl -n ${namespaces[0]} create serviceaccount default\`.`,
    }),
  ];
}

async function namespacesOf(patient: Patient): Promise<string[]> {
  const namespaces = await patient.objects(RESOURCES.namespaces);
  return (
    namespaces
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
      // A drill's own, which `admit` may complete.
      .filter((name) => name !== CANARY_NAMESPACE)
  );
}

/** First where the webhooks' own pods are: an operator that stops them cannot come back. */
function inOrder(names: readonly string[], webhooks: readonly Observation[]): string[] {
  const operators = webhooks.flatMap((each) =>
    each.kind === 'pod-webhook' && each.service?.exists ? [each.service.namespace] : [],
  );
  const first = ['kube-system', 'default', ...operators];
  const rank = (name: string) => (first.includes(name) ? 0 : 1);
  return names.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

async function tryAll(
  { looking }: Patient,
  api: ApiServer,
  namespaces: readonly string[],
): Promise<{ answers: PodAdmission[]; unasked: number }> {
  let slow = 0;
  const asked = await inParallel(namespaces, CONCURRENCY, async (namespace) => {
    if (slow >= SLOW_MAX) return null;
    const answer = await admit(looking, api, namespace);
    if (answer.tookMs > SLOW_MS) slow += 1;
    return answer;
  });
  const answers = asked.filter((answer) => answer !== null);
  return { answers, unasked: namespaces.length - answers.length };
}
