import type { ClusterContent } from './cluster-content.ts';

export interface ServiceName {
  namespace?: string | undefined;
  name?: string | undefined;
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
  const { services, endpoints } = content.typed;
  const slices = content.typed['discovery.k8s.io/endpointslices'];
  const isIt = ({ ref }: { ref: { namespace: string | null; name: string } }) =>
    ref.namespace === service.namespace && ref.name === service.name;
  const found = services.find(isIt);
  if (found === undefined) return 'does not exist';
  if (found.value.spec?.type === 'ExternalName') return null;
  const ready = slices
    .filter(({ ref, value }) => {
      const owner = value.metadata?.labels.get('kubernetes.io/service-name');
      return ref.namespace === service.namespace && owner === service.name;
    })
    .some(({ value }) =>
      value.endpoints.some(
        (endpoint) => endpoint.addresses.length > 0 && endpoint.conditions?.ready !== false,
      ),
    );
  const listed = endpoints
    .filter(isIt)
    .some(({ value }) => value.subsets.some((subset) => subset.addresses.length > 0));
  return ready || listed ? null : 'has no ready endpoints';
}
