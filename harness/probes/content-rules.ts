import { hash } from 'node:crypto';
import type { ApiResource, KubeObject } from '../kube/resource.ts';

/** Rewritten all the time by somebody who is alive; their content proves nothing. */
const RESTLESS = new Set([
  '/events',
  '/endpoints',
  'discovery.k8s.io/endpointslices',
  'coordination.k8s.io/leases',
  'coordination.k8s.io/leasecandidates',
]);

/** Annotations that controllers write on objects of other people. */
const CONTROLLER_ANNOTATIONS = new Set([
  'control-plane.alpha.kubernetes.io/leader',
  'deployment.kubernetes.io/revision',
  'endpoints.kubernetes.io/last-change-trigger-time',
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
]);

/**
 * SHA-256 (base64url) of what somebody *said* an object should be: not of its status, of who wrote
 * which field, of its resourceVersion, nor of what controllers note on it.
 * Two versions of one resource hash differently. null for what is rewritten all the time.
 */
export function contentHashOf(
  resource: Pick<ApiResource, 'group' | 'resource'>,
  object: KubeObject,
): string | null {
  if (RESTLESS.has(`${resource.group}/${resource.resource}`)) return null;
  const { metadata, status: _, ...said } = object;
  const {
    resourceVersion: _r,
    managedFields: _m,
    selfLink: _s,
    annotations: _a,
    ...named
  } = metadata as Record<string, unknown>;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(
    ([name]) => !CONTROLLER_ANNOTATIONS.has(name),
  );
  return hash('sha256', JSON.stringify([said, named, annotations]), 'base64url');
}
