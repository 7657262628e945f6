import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { ApiServer } from '../kube/api-server.ts';
import { ensureCanaryNamespace } from '../kube/canary-namespace.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import { ApiError } from '../kube/error.ts';
import { apiVersionOf, RESOURCES } from '../kube/resources.ts';
import type { PodAdmission } from '../model/observation.ts';
import { type Looking, type Probe, problemOf, seen, throughEach } from './probe.ts';

/**
 * A sound admission takes milliseconds. A webhook may be given 30 s, after which the API server
 * says which one it was: whoever gives up earlier does not hear its name.
 */
const ADMISSION_TIMEOUT_MS = 35_000;

/**
 * Whether a pod may be created, asked of every API server: each keeps its own connections to
 * webhooks, so that one may admit what the next refuses. A dry run leaves nothing behind.
 */
export const podAdmission: Probe = {
  kind: 'pod-admission',
  needs: 'kubernetes',
  second: true,
  look: (at) =>
    throughEach(at, 'pod-admission', at.apiServers, async ({ api }) => {
      // A user's Namespace, too: webhooks often spare some.
      const other = at.sentinels.find(({ namespace }) => namespace !== null)?.namespace;
      const namespaces = new Set([CANARY_NAMESPACE, other ?? 'default', ...operatorsOf(at)]);
      return Promise.all([...namespaces].map((namespace) => admit(at, api, namespace)));
    }),
};

/** Within the Pod Security Standard `restricted`, and within any quota. */
export const HARMLESS_POD: V1PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'none',
      image: 'registry.invalid/none:1',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      resources: {
        requests: { cpu: '1m', memory: '1Mi' },
        limits: { cpu: '1m', memory: '1Mi' },
      },
    },
  ],
};

/** Where the webhooks' own pods are: an operator that stops them cannot come back. */
function operatorsOf({ seen: first }: Looking): string[] {
  return first.flatMap((each) =>
    each.kind === 'pod-webhook' && each.service?.exists ? [each.service.namespace] : [],
  );
}

/** Tries a pod in a Namespace; makes none but the canary's own, where that is missing. */
export async function admit(
  at: Pick<Looking, 'clock' | 'signal'>,
  api: ApiServer,
  namespace: string,
): Promise<PodAdmission> {
  const resource = RESOURCES.pods;
  const pod = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name: 'kubedrill-admission', namespace },
    spec: HARMLESS_POD,
  } satisfies V1Pod;
  const startMs = at.clock.monotonicMs();
  const ask = () =>
    api.dryRunCreate(resource, pod, { timeoutMs: ADMISSION_TIMEOUT_MS, signal: at.signal });
  const error = await ask()
    .catch(async (thrown: unknown) => {
      if (namespace !== CANARY_NAMESPACE || !lacksNamespace(thrown)) throw thrown;
      await ensureCanaryNamespace(api);
      return ask();
    })
    .then(() => null, problemOf);
  const tookMs = Math.round(at.clock.monotonicMs() - startMs);
  return { kind: 'pod-admission', namespace, error, tookMs, ...seen(at, api.host) };
}

/** The Namespace is missing, or its ServiceAccount (403). */
function lacksNamespace(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.httpCode === 404 || thrown.httpCode === 403);
}
