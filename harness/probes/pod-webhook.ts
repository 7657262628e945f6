import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { isNotFound } from '../kube/error.ts';
import { type ApiResource, type KubeObject, pathOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { PodWebhook } from '../model/observation.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';

const CONFIGURATIONS = ['mutating', 'validating'].map((kind) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: `${kind}webhookconfigurations`,
}));

const ruleSchema = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  operations: z.array(z.string()).default([]),
});

const webhookSchema = z.object({
  name: z.string(),
  failurePolicy: z.string().default('Fail'),
  clientConfig: z.object({
    service: z.object({ namespace: z.string(), name: z.string() }).optional(),
  }),
  rules: z.array(ruleSchema).default([]),
});
type Webhook = z.infer<typeof webhookSchema>;

const webhooksSchema = z.array(webhookSchema).default([]);

const endpointsSchema = z
  .array(
    z.object({
      addresses: z.array(z.string()),
      conditions: z.object({ ready: z.boolean().optional() }).default({}),
    }),
  )
  .nullish();

/**
 * Who is asked about new pods and stops them when nobody answers. The configuration belongs to the
 * cluster and comes back with every restore; whether its server did is seen behind its Service.
 */
export const podWebhook: Probe = {
  kind: 'pod-webhook',
  needs: 'kubernetes',
  async look(at) {
    const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
    if (api === undefined) {
      const host = at.apiServers[0]?.host ?? '';
      return [unavailable(at, 'pod-webhook', host, 'no API server answers')];
    }
    const found = await Promise.all(CONFIGURATIONS.map((resource) => among(at, api, resource)));
    return found.flat();
  },
};

async function among(
  at: Looking,
  api: ApiServer,
  resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
): Promise<PodWebhook[]> {
  const webhooks = (await listed(api, resource)).flatMap(({ metadata, webhooks }) =>
    webhooksSchema
      .parse(webhooks)
      .filter(stopsPods)
      .map((webhook) => ({ configuration: metadata.name, webhook })),
  );
  return Promise.all(
    webhooks.map(async ({ configuration, webhook: { name, clientConfig } }) => ({
      kind: 'pod-webhook' as const,
      name,
      configuration: `${resource.resource.slice(0, -1)}/${configuration}`,
      service: clientConfig.service ? await behind(api, clientConfig.service) : null,
      ...seen(at, api.host),
    })),
  );
}

function stopsPods({ failurePolicy, rules }: Webhook): boolean {
  const has = (words: readonly string[], ...any: string[]) =>
    words.some((word) => any.includes(word));
  return (
    failurePolicy === 'Fail' &&
    rules.some(
      ({ apiGroups, resources, operations }) =>
        has(apiGroups, '', '*') &&
        has(resources, 'pods', '*', '*/*') &&
        has(operations, 'CREATE', '*'),
    )
  );
}

async function behind(
  api: ApiServer,
  { namespace, name }: { namespace: string; name: string },
): Promise<PodWebhook['service']> {
  const exists = await api.get(pathOf(RESOURCES.services, namespace, name)).then(
    () => true,
    (thrown: unknown) => {
      if (isNotFound(thrown)) return false;
      throw thrown;
    },
  );
  const slices = await listed(api, RESOURCES.endpointSlices, {
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  const endpoints = slices
    .flatMap((slice) => endpointsSchema.parse(slice.endpoints) ?? [])
    .filter(({ conditions }) => conditions.ready !== false)
    .flatMap(({ addresses }) => addresses);
  return { namespace, name, exists, endpoints: [...new Set(endpoints)].sort() };
}

async function listed(
  api: ApiServer,
  resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
  narrowed: { namespace?: string; labelSelector?: string } = {},
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  const onItem = (object: KubeObject) => void objects.push(object);
  await api.list(resource, { mode: 'consistent', onItem, ...narrowed });
  return objects;
}
