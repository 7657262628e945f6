import type { ClusterContent } from './cluster-content.ts';
import { oncePerStore } from './once.ts';

export interface ServiceName {
  namespace?: string | undefined;
  name?: string | undefined;
}

/** What stands behind an endpoint. */
interface Target {
  kind: string | undefined;
  namespace: string | undefined;
  name: string | undefined;
}

/** `kruise-system/kruise-webhook-service` */
export function serviceText({ namespace, name }: ServiceName): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

/**
 * Why nobody will answer at a Service right after a restore, or null when the store holds ready
 * endpoints for it. (Those are a photograph: whether they still answer no file can tell.)
 */
export function missingBackend(content: ClusterContent, service: ServiceName): string | null {
  const { types, ready } = servicesOf(content);
  const place = serviceText(service);
  const type = types.get(place);
  if (type === undefined) return 'does not exist';
  return type === 'ExternalName' || ready.has(place) ? null : 'has no ready endpoints';
}

/** Services by `namespace/name`: their types, and which of them have a ready endpoint. */
const servicesOf = oncePerStore(({ typed }) => {
  const types = new Map<string, string>();
  for (const { ref, value } of typed.services)
    types.set(`${ref.namespace}/${ref.name}`, value.spec?.type ?? 'ClusterIP');
  const pods = new Set(typed.pods.map(({ ref }) => `${ref.namespace}/${ref.name}`));
  /** Endpoints that somebody wrote by hand name no pod. */
  const exists = (target: Target | undefined) =>
    target?.kind !== 'Pod' || pods.has(`${target.namespace}/${target.name}`);
  const ready = new Set<string>();
  for (const { ref, value } of typed['discovery.k8s.io/endpointslices']) {
    const name = value.metadata?.labels.get('kubernetes.io/service-name');
    const isReady = value.endpoints.some(
      ({ addresses, conditions, targetRef }) =>
        addresses.length > 0 && conditions?.ready !== false && exists(targetRef),
    );
    if (isReady && name !== undefined) ready.add(`${ref.namespace}/${name}`);
  }
  for (const { ref, value } of typed.endpoints) {
    const addresses = value.subsets.flatMap((subset) => subset.addresses);
    if (addresses.some(({ targetRef }) => exists(targetRef)))
      ready.add(`${ref.namespace}/${ref.name}`);
  }
  return { types, ready };
});
