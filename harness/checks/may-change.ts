import type { DrillFacts } from '../model/check.ts';
import type { ObjectRef } from '../model/finding.ts';

/** Who rewrites objects without anybody's asking. */
type Writer = 'kube-apiserver' | 'controllers';

interface Rule {
  writer: Writer;
  /** `existence`: it may come, go and be made anew; `content`: it stays, its content may differ. */
  changes: 'existence' | 'content';
  group: string;
  resource: string;
  /** Any when left out. */
  namespace?: string;
  /** Any when left out; `system-*` stands for every name that begins so. */
  name?: string;
}

const SERVER = 'kube-apiserver';

/** The whole of what may differ after a perfect recovery. Everything else must be as it was. */
const RULES: readonly Rule[] = [
  // kube-apiserver's leases, counters and its own entry in the Service `kubernetes`.
  ...rules(SERVER, 'existence', '(internal)', 'masterleases peerserverleases ranges'),
  ...rules(SERVER, 'existence', 'coordination.k8s.io', 'leases leasecandidates'),
  ...rules(SERVER, 'existence', 'internal.apiserver.k8s.io', 'storageversions'),
  ...rules(SERVER, 'existence', '', 'events'),
  ...rules(SERVER, 'existence', 'events.k8s.io', 'events'),
  ...rules(SERVER, 'existence', '', 'endpoints', 'default', 'kubernetes'),
  ...rules(SERVER, 'existence', 'discovery.k8s.io', 'endpointslices', 'default', 'kubernetes*'),
  ...rules(SERVER, 'content', '', 'services', 'default', 'kubernetes'),
  ...rules(SERVER, 'content', '', 'configmaps', 'kube-system', 'extension-apiserver-*'),
  ...rules(SERVER, 'content', '', 'configmaps', 'kube-system', 'kube-apiserver-legacy-*'),
  // Conditions that kube-apiserver sets itself.
  ...rules(SERVER, 'content', 'apiregistration.k8s.io', 'apiservices'),
  ...rules(SERVER, 'content', 'apiextensions.k8s.io', 'customresourcedefinitions'),
  ...rules(SERVER, 'content', 'flowcontrol.apiserver.k8s.io', 'flowschemas'),
  ...rules(SERVER, 'content', 'flowcontrol.apiserver.k8s.io', 'prioritylevelconfigurations'),
  ...rules(SERVER, 'content', 'networking.k8s.io', 'servicecidrs'),
  // What controllers make out of other objects.
  ...rules('controllers', 'existence', '', 'endpoints pods'),
  ...rules('controllers', 'existence', '', 'configmaps', undefined, 'kube-root-ca.crt'),
  ...rules('controllers', 'existence', '', 'serviceaccounts', undefined, 'default'),
  ...rules('controllers', 'existence', 'apps', 'controllerrevisions replicasets'),
  ...rules('controllers', 'existence', 'certificates.k8s.io', 'certificatesigningrequests'),
  ...rules('controllers', 'existence', 'discovery.k8s.io', 'endpointslices'),
  // The status that they keep.
  ...rules('controllers', 'content', '', 'namespaces nodes persistentvolumeclaims'),
  ...rules('controllers', 'content', '', 'persistentvolumes replicationcontrollers'),
  ...rules('controllers', 'content', '', 'resourcequotas serviceaccounts services'),
  // Signed anew for each token with which a node may join.
  ...rules('controllers', 'content', '', 'configmaps', 'kube-public', 'cluster-info'),
  ...rules('controllers', 'content', 'apps', 'daemonsets deployments statefulsets'),
  ...rules('controllers', 'content', 'autoscaling', 'horizontalpodautoscalers'),
  ...rules('controllers', 'content', 'batch', 'cronjobs jobs'),
  ...rules('controllers', 'content', 'policy', 'poddisruptionbudgets'),
  ...rules('controllers', 'content', 'rbac.authorization.k8s.io', 'clusterroles'),
  ...rules('controllers', 'content', 'storage.k8s.io', 'volumeattachments'),
];

const RULES_BY_RESOURCE = Map.groupBy(RULES, (rule) => rule.resource);

/** One rule for each resource of a list of words. */
function rules(
  writer: Writer,
  changes: Rule['changes'],
  group: string,
  resources: string,
  namespace?: string,
  name?: string,
): Rule[] {
  const where = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  return resources.split(' ').map((resource) => ({ writer, changes, group, resource, ...where }));
}

/** Whether an object may appear, vanish or be made anew without meaning anything. */
export function comesAndGoes(ref: ObjectRef, facts: DrillFacts): boolean {
  return isScratch(ref, facts) || isAllowed('existence', ref, facts);
}

/** Whether an object that stayed may have other content without meaning anything. */
export function mayDiffer(ref: ObjectRef, facts: DrillFacts): boolean {
  return comesAndGoes(ref, facts) || isAllowed('content', ref, facts);
}

function isAllowed(changes: Rule['changes'], ref: ObjectRef, facts: DrillFacts): boolean {
  const known = RULES_BY_RESOURCE.get(ref.resource) ?? [];
  return known.some((rule) => rule.changes === changes && covers(rule, ref, facts));
}

function covers(rule: Rule, ref: ObjectRef, facts: DrillFacts): boolean {
  return (
    rule.group === ref.group &&
    (rule.writer === SERVER || facts.controllers) &&
    (rule.namespace === undefined || rule.namespace === ref.namespace) &&
    (rule.name === undefined || fits(rule.name, ref.name))
  );
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isScratch(ref: ObjectRef, facts: DrillFacts): boolean {
  const { keyPrefixes = [] } = facts.scratch ?? {};
  const namespace = ref.resource === 'namespaces' ? ref.name : ref.namespace;
  if (namespace !== null && isScratchNamespace(namespace, facts)) return true;
  return ref.resource === 'key' && keyPrefixes.some((prefix) => ref.name.startsWith(prefix));
}

/** The drill makes and removes things there while the checks look. */
export function isScratchNamespace(namespace: string, { scratch }: DrillFacts): boolean {
  return scratch?.namespaces.includes(namespace) ?? false;
}
