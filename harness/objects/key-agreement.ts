import type { Envelope } from './envelope.ts';
import type { Glance } from './glance.ts';
import type { ParsedKey } from './object-key.ts';
import { INTERNAL_GROUP } from './resources.ts';

/**
 * What a value says it is, when that is something else than its key says; null when they agree, or
 * the value does not tell. kube-apiserver makes each key from the object that it stores there, so
 * one of the two was changed later.
 */
export function contradictionOf(
  key: ParsedKey,
  seen: Pick<Glance, 'name' | 'namespace'>,
  envelope: Envelope,
): string | null {
  // Bookkeeping is stored under addresses and names that its values do not repeat.
  if (key.group === INTERNAL_GROUP) return null;
  const { kind } = envelope;
  if (seen.name !== null && seen.name !== key.name) return `${kind} ${seen.name}`;
  if (seen.namespace !== null && key.namespace !== null && seen.namespace !== key.namespace)
    return `${kind} ${seen.namespace}/${seen.name}`;
  return ofItsResource(key, envelope) ? null : `a ${kind} of ${envelope.apiVersion}`;
}

/** Whether a value can be of the resource that its key names. */
function ofItsResource({ origin, group, resource }: ParsedKey, { apiVersion, kind }: Envelope) {
  if (apiVersion === null || kind === null) return true;
  const ofValue = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (origin === 'custom') return ofValue === group;
  // Others than Kubernetes itself name their resources as they like.
  if (origin === 'built-in' || !isKubernetesGroup(ofValue)) return true;
  return pluralsOf(kind.toLowerCase()).includes(resource);
}

function isKubernetesGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/** `endpoints` and `networkpolicies`: as Kubernetes makes a resource's name from its kind. */
function pluralsOf(kind: string): string[] {
  return [kind, `${kind}s`, `${kind}es`, kind.replace(/y$/, 'ies')];
}
