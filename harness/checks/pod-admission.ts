import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { PodAdmission, PodWebhook } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { WEBHOOK_CAUSES, type WebhookCause } from './webhook-cause.ts';
import { lasted, listed } from './wording.ts';

/** The API server's own words: `failed calling webhook "mpod.kb.io": …`. */
const FAILED_WEBHOOK = /failed calling webhook "([^"]+)"/;

/** A restored webhook whose operator is gone stops every pod while all that runs looks healthy. */
export const podAdmission: Check = {
  name: 'pod-admission',
  title: 'Each API server would admit a pod (server-side dry run)',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [
    { code: 'pod-admission-refused', heals: true },
    ...WEBHOOK_CAUSES.map(({ code, heals }) => ({ code, heals })),
    { code: 'pod-webhook-hollow', heals: false },
  ],
  examine({ now, facts }) {
    const tried = allOf(now, 'pod-admission');
    const blind = blindSpots(now, 'pod-admission', facts.apiServers);
    if (tried.length === 0) return unknown(...blind);
    const webhooks = allOf(now, 'pod-webhook');
    return examined([...refused(tried, webhooks), ...hollow(tried, webhooks)], blind);
  },
};

function refused(tried: readonly PodAdmission[], webhooks: readonly PodWebhook[]): Finding[] {
  const failed = tried.filter(({ error }) => error !== null);
  return [...Map.groupBy(failed, ({ error }) => error ?? '')].map(([error, same]) => {
    const name = FAILED_WEBHOOK.exec(error)?.[1];
    const cause = WEBHOOK_CAUSES.find(({ says }) => says.test(error));
    const webhook = webhooks.find((each) => each.name === name);
    const hosts = listed([...new Set(same.map(({ source }) => source))]);
    return finding({
      code: name === undefined ? 'pod-admission-refused' : (cause?.code ?? 'pod-admission-refused'),
      severity: 'error',
      message: [
        `No pod can be created in ${namespacesOf(same)} through the API server on ${hosts}` +
          ` (refused after ${lasted(Math.max(...same.map(({ tookMs }) => tookMs)))}): ${error}.`,
        ...(name !== undefined && cause
          ? [`The webhook cannot be called, because ${cause.because}.`]
          : []),
        ...evidenceOf(webhook),
        ...deadlock(same, webhook),
        ...spared(tried),
      ].join(' '),
      where: hosts,
      cure: name === undefined ? REFUSED_CURE : webhookCure(name, webhook, cause),
    });
  });
}

function namespacesOf(tried: readonly PodAdmission[]): string {
  return listed([...new Set(tried.map(({ namespace }) => namespace))]);
}

/** What the cluster says of its server, for comparison with what the API server met. */
function evidenceOf(webhook: PodWebhook | undefined): string[] {
  const service = webhook?.service;
  if (!service?.exists) return [];
  const { namespace, name, endpoints } = service;
  const has = endpoints.length === 0 ? 'no ready endpoint' : `ready endpoints ${listed(endpoints)}`;
  return [`The Service ${namespace}/${name} has ${has}.`];
}

function deadlock(failed: readonly PodAdmission[], webhook: PodWebhook | undefined): string[] {
  const own = webhook?.service?.namespace;
  if (own === undefined || !failed.some(({ namespace }) => namespace === own)) return [];
  return [`The pods of its own operator in ${own} are refused, too, so that no restart helps.`];
}

function spared(tried: readonly PodAdmission[]): string[] {
  const admitted = tried.filter(({ error }) => error === null);
  return admitted.length === 0 ? [] : [`Pods in ${namespacesOf(admitted)} are admitted.`];
}

/**
 * An API server keeps its connection to a webhook: it goes on admitting pods whose webhook no new
 * connection would reach, until it is restarted.
 */
function hollow(tried: readonly PodAdmission[], webhooks: readonly PodWebhook[]): Finding[] {
  const admitting = tried.filter(({ error }) => error === null);
  if (admitting.length < tried.length) return [];
  const hosts = listed([...new Set(admitting.map(({ source }) => source))]);
  return webhooks.flatMap(({ name, configuration, service }) => {
    if (service === null || (service.exists && service.endpoints.length > 0)) return [];
    const lacks = service.exists ? 'has no ready endpoint' : 'does not exist';
    return finding({
      code: 'pod-webhook-hollow',
      severity: 'error',
      message:
        `Pods are admitted through the API server on ${hosts} over an old connection only: the` +
        ` Service ${service.namespace}/${service.name} of the webhook ${name} ${lacks}. After the` +
        ' next restart of an API server no pod can be created.',
      where: hosts,
      cure: `Install the operator again, or \`kubectl delete ${configuration}\` before anything restarts.`,
    });
  });
}

const REFUSED_CURE =
  'Try it by hand: `kubectl run probe --image=none --restart=Never --dry-run=server` names what refuses.';

function webhookCure(
  name: string,
  webhook: PodWebhook | undefined,
  cause: WebhookCause | undefined,
): string {
  const repair = cause?.repair === undefined ? '' : ` To keep it: ${cause.repair}.`;
  const first =
    webhook === undefined
      ? `Find the configuration that has the webhook ${name} (\`kubectl get` +
        ' mutatingwebhookconfigurations,validatingwebhookconfigurations -o yaml | grep -B30 ' +
        `${name}\`) and delete it`
      : `\`kubectl delete ${webhook.configuration}\``;
  return (
    `${first}, or set its failurePolicy to Ignore until its operator runs again.${repair}` +
    ' The very next pod is admitted; a ReplicaSet that failed for long retries only after minutes.'
  );
}
