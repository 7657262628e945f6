/**
 * The built-in resources by the first part of their etcd key. kube-apiserver stores built-ins
 * without their API group, so only a table can tell it.
 * Source: kubernetes pkg/kubeapiserver/default_storage_factory_builder.go
 * (SpecialDefaultResourcePrefixes) and test/integration/etcd/data.go.
 */
export interface BuiltIn {
  group: string;
  resource: string;
  namespaced: boolean;
}

/** The group of keys that are kube-apiserver's own bookkeeping and not objects of its API. */
export const INTERNAL_GROUP = '(internal)';

/** Plurals stored under their own name; `*` marks the namespaced ones. */
const PLURALS: Record<string, string> = {
  '': `configmaps* events* limitranges* namespaces persistentvolumeclaims* persistentvolumes pods*
    podtemplates* resourcequotas* secrets* serviceaccounts*`,
  'admissionregistration.k8s.io': `mutatingadmissionpolicies mutatingadmissionpolicybindings
    mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings
    validatingwebhookconfigurations`,
  apps: 'controllerrevisions* daemonsets* deployments* replicasets* statefulsets*',
  autoscaling: 'horizontalpodautoscalers*',
  batch: 'cronjobs* jobs*',
  'certificates.k8s.io': 'certificatesigningrequests clustertrustbundles podcertificaterequests*',
  'coordination.k8s.io': 'leasecandidates* leases*',
  'discovery.k8s.io': 'endpointslices*',
  'flowcontrol.apiserver.k8s.io': 'flowschemas prioritylevelconfigurations',
  'internal.apiserver.k8s.io': 'storageversions',
  'networking.k8s.io': 'ingressclasses ipaddresses networkpolicies* servicecidrs',
  'node.k8s.io': 'runtimeclasses',
  policy: 'poddisruptionbudgets*',
  'rbac.authorization.k8s.io': 'clusterrolebindings clusterroles rolebindings* roles*',
  'resource.k8s.io': `deviceclasses devicetaintrules podschedulingcontexts* resourceclaims*
    resourceclaimtemplates* resourcepoolstatusrequests resourceslices`,
  'scheduling.k8s.io': 'compositepodgroups* podgroups* priorityclasses workloads*',
  'storage.k8s.io': `csidrivers csinodes csistoragecapacities* storageclasses volumeattachments
    volumeattributesclasses`,
  'storagemigration.k8s.io': 'storageversionmigrations',
  [INTERNAL_GROUP]: 'masterleases peerserverleases ranges',
};

/** Key prefixes that differ from the plural, mostly from before the resource got its present name. */
const SPECIAL: Record<string, BuiltIn> = {
  controllers: { group: '', resource: 'replicationcontrollers', namespaced: true },
  ingress: { group: 'networking.k8s.io', resource: 'ingresses', namespaced: true },
  minions: { group: '', resource: 'nodes', namespaced: false },
  podsecuritypolicy: { group: 'policy', resource: 'podsecuritypolicies', namespaced: false },
  'services/endpoints': { group: '', resource: 'endpoints', namespaced: true },
  'services/specs': { group: '', resource: 'services', namespaced: true },
};

const BY_PREFIX = new Map<string, BuiltIn>([...Object.entries(SPECIAL), ...plurals()]);

function* plurals(): Generator<[string, BuiltIn]> {
  for (const [group, names] of Object.entries(PLURALS)) {
    for (const marked of names.split(/\s+/)) {
      const namespaced = marked.endsWith('*');
      const resource = namespaced ? marked.slice(0, -1) : marked;
      yield [resource, { group, resource, namespaced }];
    }
  }
}

/** @param prefix `pods`, `minions`, `services/specs`: what follows the etcd prefix. */
export function builtInByPrefix(prefix: string): BuiltIn | undefined {
  return BY_PREFIX.get(prefix);
}

/** Every built-in resource that kube-apiserver serves; its bookkeeping left out. */
export function builtInResources(): BuiltIn[] {
  return [...BY_PREFIX.values()].filter((builtIn) => builtIn.group !== INTERNAL_GROUP);
}
