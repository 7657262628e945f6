import type {
  V1ConfigMap,
  V1Deployment,
  V1EndpointSlice,
  V1Ingress,
  V1Lease,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node';
import { WATCHED_LABEL } from '../kube/drill-objects.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Random } from '../support/random.ts';
import { someText } from './some-text.ts';
import type { Planned } from './writer.ts';

/** Watching clients follow what carries them. */
export const WATCHED_LABELS = { [WATCHED_LABEL]: 'true' };

export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
): Planned {
  const object = { metadata: { name, namespace, labels }, data } satisfies V1ConfigMap;
  return { resource: RESOURCES.configMaps, object };
}

export function namespace(name: string, labels: Record<string, string> = {}): Planned[] {
  return [
    { resource: RESOURCES.namespaces, object: { metadata: { name, labels } } },
    // Without controllers nobody else makes it, and no pod is admitted without it.
    {
      resource: RESOURCES.serviceAccounts,
      object: { metadata: { name: 'default', namespace: name } },
    },
  ];
}

export const WORKLOADS = ['web', 'worker'];

/** Two of each workload kind, with everything that belongs to an application, in one namespace; volume and custom resources come apart. */
export function application(namespace: string, random: Random): Planned[] {
  return [
    ...WORKLOADS.flatMap((name) => [
      deployment(namespace, name, random),
      service(namespace, name),
      secret(namespace, name, random),
    ]),
    ...headlessService(namespace),
    ingress(namespace),
    ...access(namespace),
    lease(namespace),
  ];
}

export function deployment(namespace: string, name: string, random: Random): Planned {
  const labels = { app: name };
  const object = {
    metadata: { name, namespace, labels },
    spec: {
      // No kubelet runs here: pods would stay Pending, and their churn proves nothing.
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name,
              image: `registry.invalid/${name}:1`,
              env: [{ name: 'SEED', value: someText(random, 8) }],
            },
          ],
        },
      },
    },
  } satisfies V1Deployment;
  return { resource: RESOURCES.deployments, object };
}

export function secret(namespace: string, name: string, random: Random): Planned {
  const object = {
    metadata: { name: `${name}-credentials`, namespace },
    type: 'Opaque',
    stringData: { user: name, password: someText(random, 24) },
  } satisfies V1Secret;
  return { resource: RESOURCES.secrets, object };
}

export function service(namespace: string, name: string): Planned {
  const object = {
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  } satisfies V1Service;
  return { resource: RESOURCES.services, object };
}

/** Its name stands for the addresses of its endpoints; nobody but us writes them, because no pod runs. */
function headlessService(namespace: string): Planned[] {
  const name = 'peers';
  const ports = [{ name: 'peer', port: 7000 }];
  const headless = {
    metadata: { name, namespace },
    spec: { clusterIP: 'None', ports },
  } satisfies V1Service;
  const slice = {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports,
    endpoints: ['10.244.0.7', '10.244.1.7'].map((address) => ({
      addresses: [address],
      conditions: { ready: true },
    })),
  } satisfies V1EndpointSlice;
  return [
    { resource: RESOURCES.services, object: headless },
    { resource: RESOURCES.endpointSlices, object: slice },
  ];
}

function ingress(namespace: string): Planned {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const object = {
    metadata: { name: 'web', namespace },
    spec: {
      rules: [
        {
          host: `${namespace}.example.org`,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
        },
      ],
    },
  } satisfies V1Ingress;
  return { resource: RESOURCES.ingresses, object };
}

function access(namespace: string): Planned[] {
  const role = {
    metadata: { name: 'reader', namespace },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  } satisfies V1Role;
  const binding = {
    metadata: { name: 'readers', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
  } satisfies V1RoleBinding;
  return [
    { resource: RESOURCES.roles, object: role },
    { resource: RESOURCES.roleBindings, object: binding },
  ];
}

function lease(namespace: string): Planned {
  const object = {
    metadata: { name: 'worker-leader', namespace },
    spec: { holderIdentity: 'worker-0', leaseDurationSeconds: 15 },
  } satisfies V1Lease;
  return { resource: RESOURCES.leases, object };
}

const STORAGE = { accessModes: ['ReadWriteOnce'], storageClassName: 'kubedrill' };
const CAPACITY = { storage: '1Gi' };

export function volumeClaim(namespace: string): Planned {
  const object = {
    metadata: { name: 'data', namespace },
    spec: { ...STORAGE, volumeName: `${namespace}-data`, resources: { requests: CAPACITY } },
  } satisfies V1PersistentVolumeClaim;
  return { resource: RESOURCES.persistentVolumeClaims, object };
}

/** @param uid of its claim: a volume whose claim has another one is released. */
export function volume(namespace: string, uid: string): Planned {
  const object = {
    metadata: { name: `${namespace}-data` },
    spec: {
      ...STORAGE,
      capacity: CAPACITY,
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: `/data/${namespace}` },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace,
        name: 'data',
        uid,
      },
    },
  } satisfies V1PersistentVolume;
  return { resource: RESOURCES.persistentVolumes, object };
}
