import type { ObjectRef } from '../../model/finding.ts';
import type { Webhook } from '../../objects/kinds.ts';
import { missingBackend, type ServiceName, serviceText } from './backend.ts';
import type { ClusterContent } from './cluster-content.ts';
import { oncePerStore } from './once.ts';
import { selects } from './selector.ts';

/** A webhook whose failure refuses requests. */
export interface FailClosedWebhook {
  name: string;
  /** `mutating` or `validating`. */
  phase: string;
  ref: ObjectRef;
  /** null when it is called by URL. */
  service: ServiceName | null;
  /** Why its Service cannot answer; null when it can, or is called by URL. */
  missing: string | null;
  caBundle: Uint8Array;
  catchesPodCreation: boolean;
  /** What it catches: `pods CREATE`. */
  rules: string[];
  caughtNamespaces: string[];
  exemptNamespaces: string[];
}

const CONFIGURATIONS = [
  ['mutating', 'admissionregistration.k8s.io/mutatingwebhookconfigurations'],
  ['validating', 'admissionregistration.k8s.io/validatingwebhookconfigurations'],
] as const;

export const failClosedWebhooks = oncePerStore((content): FailClosedWebhook[] =>
  CONFIGURATIONS.flatMap(([phase, resource]) =>
    content.typed[resource].flatMap(({ ref, value }) =>
      value.webhooks
        .filter((webhook) => webhook.failurePolicy !== 'Ignore')
        .map((webhook) => describe(content, phase, ref, webhook)),
    ),
  ),
);

function describe(
  content: ClusterContent,
  phase: string,
  ref: ObjectRef,
  webhook: Webhook,
): FailClosedWebhook {
  const service = webhook.clientConfig?.service ?? null;
  const caught: string[] = [];
  const exempt: string[] = [];
  for (const namespace of content.typed.namespaces) {
    const labels = namespace.value.metadata?.labels ?? new Map<string, string>();
    const list = selects(webhook.namespaceSelector, labels) ? caught : exempt;
    list.push(namespace.ref.name);
  }
  return {
    name: webhook.name ?? '',
    phase,
    ref,
    service,
    missing: service === null ? null : missingBackend(content, service),
    caBundle: webhook.clientConfig?.caBundle ?? new Uint8Array(),
    catchesPodCreation: webhook.rules.some(catchesPodCreation),
    rules: webhook.rules.map(
      ({ operations, rule }) => `${rule?.resources.join(', ')} ${operations.join(', ')}`,
    ),
    caughtNamespaces: caught,
    exemptNamespaces: exempt,
  };
}

function catchesPodCreation({ operations, rule }: Webhook['rules'][number]): boolean {
  if (rule === undefined) return false;
  const { apiGroups, resources } = rule;
  return (
    operations.some((operation) => operation === 'CREATE' || operation === '*') &&
    apiGroups.some((group) => group === '' || group === '*') &&
    resources.some((resource) => ['pods', '*', '*/*'].includes(resource))
  );
}

/** Whether pods cannot be created while it does not answer. */
export function blocksPods(webhook: FailClosedWebhook): boolean {
  return (
    webhook.missing !== null && webhook.catchesPodCreation && webhook.caughtNamespaces.length > 0
  );
}

/** `Service kruise-system/kruise-webhook-service has no ready endpoints`; `` for a webhook by URL. */
export function backendText({ service, missing }: FailClosedWebhook): string {
  return service === null ? '' : `Service ${serviceText(service)} ${missing ?? 'answers'}`;
}
