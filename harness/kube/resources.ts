import type { ApiResource } from './resource.ts';

function at(
  apiVersion: string,
  resource: string,
  kind: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): ApiResource {
  const [group = '', version = ''] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion];
  return { group, version, resource, kind, namespaced: scope === 'namespaced' };
}

/** The resources that the harness itself writes, or looks into. */
export const RESOURCES = {
  namespaces: at('v1', 'namespaces', 'Namespace', 'cluster'),
  nodes: at('v1', 'nodes', 'Node', 'cluster'),
  serviceAccounts: at('v1', 'serviceaccounts', 'ServiceAccount'),
  configMaps: at('v1', 'configmaps', 'ConfigMap'),
  secrets: at('v1', 'secrets', 'Secret'),
  services: at('v1', 'services', 'Service'),
  endpointSlices: at('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice'),
  pods: at('v1', 'pods', 'Pod'),
  persistentVolumes: at('v1', 'persistentvolumes', 'PersistentVolume', 'cluster'),
  persistentVolumeClaims: at('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  deployments: at('apps/v1', 'deployments', 'Deployment'),
  replicaSets: at('apps/v1', 'replicasets', 'ReplicaSet'),
  statefulSets: at('apps/v1', 'statefulsets', 'StatefulSet'),
  daemonSets: at('apps/v1', 'daemonsets', 'DaemonSet'),
  ingresses: at('networking.k8s.io/v1', 'ingresses', 'Ingress'),
  roles: at('rbac.authorization.k8s.io/v1', 'roles', 'Role'),
  roleBindings: at('rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding'),
  leases: at('coordination.k8s.io/v1', 'leases', 'Lease'),
  customResourceDefinitions: at(
    'apiextensions.k8s.io/v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
    'cluster',
  ),
} as const;

/** `apps/v1`, `v1`. */
export function apiVersionOf(resource: ApiResource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
