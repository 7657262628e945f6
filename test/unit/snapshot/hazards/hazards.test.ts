import { describe, expect, test } from 'vitest';
import {
  codesOf,
  findingsAbout,
  healthyCluster,
  lease,
  namespace,
  object,
  type Store,
  secret,
  service,
  webhookConfiguration,
} from './cluster.ts';

const WEBHOOK = '/registry/mutatingwebhookconfigurations/guard';
const SLICE = '/registry/endpointslices/guard/hook-x';

const sliceOf = (pod: string) =>
  object('discovery.k8s.io/v1 EndpointSlice', 'hook-x', {
    metadata: { labels: { 'kubernetes.io/service-name': 'hook' } },
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace: 'guard', name: pod },
      },
    ],
  });

const everywhere = { namespaceSelector: {} };
const onNamespaces = {
  rules: [{ operations: ['DELETE'], apiGroups: [''], resources: ['namespaces'] }],
};

const volume = (spec: Record<string, unknown>) => ({
  '/registry/persistentvolumes/vol2': object('v1 PersistentVolume', 'vol2', { spec }),
});

const nodePortService = (name: string, ip: string, nodePort: number): Store => ({
  ...service(`shop/${name}`, ip),
  [`/registry/services/specs/shop/${name}`]: object('v1 Service', name, {
    spec: { clusterIP: ip, ports: [{ protocol: 'TCP', port: 80, nodePort }] },
  }),
});

/** Bits 0 and 9 set, as Go writes a big.Int: ports 30000 and 30009. */
const ports = {
  '/registry/ranges/servicenodeports': object('v1 RangeAllocation', '', {
    range: '30000-32767',
    data: Buffer.of(0x02, 0x01).toString('base64'),
  }),
};

const orphan = (uid: string) =>
  object('v1 ConfigMap', 'orphan', {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone', uid }],
    },
  });

/** Each defect makes exactly its finding; its healthy twin makes none. */
const DEFECTS: [code: string, what: string, planted: Store, healthy: Store][] = [
  [
    'webhook-blocks-pods',
    'a pod webhook whose Service has no ready endpoints',
    { [SLICE]: object('discovery.k8s.io/v1 EndpointSlice', 'hook-x') },
    { [WEBHOOK]: webhookConfiguration({ failurePolicy: 'Ignore' }) },
  ],
  [
    'webhook-blocks-pods',
    'a pod webhook of a Service that does not exist',
    {
      [WEBHOOK]: webhookConfiguration({
        clientConfig: { service: { namespace: 'no', name: 'no' } },
      }),
    },
    {},
  ],
  [
    'webhook-blocks-pods',
    'a pod webhook whose only ready endpoint is a pod that is not there',
    { [SLICE]: sliceOf('gone') },
    { [SLICE]: sliceOf('hook-1'), '/registry/pods/guard/hook-1': object('v1 Pod', 'hook-1') },
  ],
  [
    'webhook-without-endpoints',
    'a namespace webhook without endpoints',
    {
      [WEBHOOK]: webhookConfiguration(onNamespaces),
      [SLICE]: object('discovery.k8s.io/v1 EndpointSlice', 'hook-x'),
    },
    { [WEBHOOK]: webhookConfiguration(onNamespaces) },
  ],
  [
    'webhook-guards-itself',
    'a pod webhook that catches its own namespace',
    { [WEBHOOK]: webhookConfiguration(everywhere) },
    { [WEBHOOK]: webhookConfiguration({ ...everywhere, failurePolicy: 'Ignore' }) },
  ],
  [
    'webhook-outside-cluster',
    'a webhook by URL',
    { [WEBHOOK]: webhookConfiguration({ clientConfig: { url: 'https://hook.example.com' } }) },
    {},
  ],
  [
    'apiservice-unavailable',
    'an APIService of a Service that does not exist',
    {
      '/registry/apiregistration.k8s.io/apiservices/v1.m.io': object(
        'apiregistration.k8s.io/v1 APIService',
        'v1.m.io',
        { spec: { group: 'm.io', service: { namespace: 'no', name: 'no' } } },
      ),
    },
    {
      '/registry/apiregistration.k8s.io/apiservices/v1.m.io': object(
        'apiregistration.k8s.io/v1 APIService',
        'v1.m.io',
        { spec: { group: 'm.io', service: { namespace: 'shop', name: 'web' } } },
      ),
      '/registry/m.io/things/kept-by-its-own-server': object(
        'm.io/v1 Thing',
        'kept-by-its-own-server',
      ),
    },
  ],
  [
    'cr-without-crd',
    'a custom resource without its definition',
    { '/registry/y.io/gadgets/shop/one': object('y.io/v1 Gadget', 'one') },
    {},
  ],
  [
    'cr-version-unknown',
    'a custom resource of a version that its definition lost',
    { '/registry/x.io/widgets/shop/two': object('x.io/v0 Widget', 'two') },
    {},
  ],
  [
    'cr-version-not-served',
    'a custom resource of a version no longer served',
    { '/registry/x.io/widgets/shop/two': object('x.io/v1alpha1 Widget', 'two') },
    {},
  ],
  [
    'namespace-stuck-terminating',
    'a namespace in the middle of its deletion',
    { '/registry/namespaces/old': namespace('old', { status: { phase: 'Terminating' } }) },
    { '/registry/namespaces/old': namespace('old') },
  ],
  [
    'namespace-missing',
    'an object in a namespace without its object',
    { '/registry/configmaps/nowhere/lost': object('v1 ConfigMap', 'lost') },
    { '/registry/configmaps/shop/found': object('v1 ConfigMap', 'found') },
  ],
  [
    'owner-missing',
    'an object whose only owner is gone',
    { '/registry/configmaps/shop/orphan': orphan('uid-nobody') },
    { '/registry/configmaps/shop/orphan': orphan('uid-web') },
  ],
  [
    'pod-on-missing-node',
    'a pod bound to a node that is not there',
    {
      '/registry/pods/shop/stray': object('v1 Pod', 'stray', { spec: { nodeName: 'node-z' } }),
    },
    {
      '/registry/pods/shop/done': object('v1 Pod', 'done', {
        spec: { nodeName: 'node-z' },
        status: { phase: 'Succeeded' },
      }),
    },
  ],
  [
    'volume-claim-missing',
    'a retained volume whose claim is gone',
    volume({
      claimRef: { namespace: 'shop', name: 'gone', uid: 'u' },
      persistentVolumeReclaimPolicy: 'Retain',
    }),
    volume({ persistentVolumeReclaimPolicy: 'Retain' }),
  ],
  [
    'volume-will-be-deleted',
    'a volume with policy Delete whose claim is gone',
    volume({
      claimRef: { namespace: 'shop', name: 'gone', uid: 'u' },
      persistentVolumeReclaimPolicy: 'Delete',
    }),
    volume({ persistentVolumeReclaimPolicy: 'Delete' }),
  ],
  [
    'volume-claim-mismatch',
    'a volume of an older claim of the same name',
    volume({
      claimRef: { namespace: 'shop', name: 'data', uid: 'uid-older' },
      persistentVolumeReclaimPolicy: 'Retain',
    }),
    {},
  ],
  [
    'volume-missing',
    'a claim bound to a volume that is not there',
    {
      '/registry/persistentvolumeclaims/shop/lost': object('v1 PersistentVolumeClaim', 'lost', {
        spec: { volumeName: 'gone' },
      }),
    },
    {
      '/registry/persistentvolumeclaims/shop/waiting': object(
        'v1 PersistentVolumeClaim',
        'waiting',
        { spec: {} },
      ),
    },
  ],
  [
    'key-mismatch',
    'a key with a flipped bit in its name',
    { '/registry/configmaps/shop/settifgs': object('v1 ConfigMap', 'settings') },
    { '/registry/configmaps/shop/settings': object('v1 ConfigMap', 'settings') },
  ],
  [
    'key-mismatch',
    'a key with a flipped bit in its namespace',
    {
      '/registry/configmaps/default/settings': object('v1 ConfigMap', 'settings', {
        metadata: { namespace: 'defaulu' },
      }),
    },
    {
      '/registry/configmaps/default/settings': object('v1 ConfigMap', 'settings', {
        metadata: { namespace: 'default' },
      }),
    },
  ],
  [
    'key-mismatch',
    'a key with a flipped bit in its resource',
    { '/registry/networkpolicier/shop/all': object('networking.k8s.io/v1 NetworkPolicy', 'all') },
    // Newer than our table.
    { '/registry/jobpolicies/shop/all': object('batch/v1 JobPolicy', 'all') },
  ],
  [
    'key-mismatch',
    'a key with a flipped bit in the slash after its namespace',
    { '/registry/configmaps/shoposettings': object('v1 ConfigMap', 'settings') },
    { '/registry/ranges/serviceips': object('v1 RangeAllocation', '', { range: '10.96.0.0/12' }) },
  ],
  [
    'key-mismatch',
    'a key with a flipped bit in its prefix',
    { '/reeistry/configmaps/shop/settings': object('v1 ConfigMap', 'settings') },
    // Somebody else's store in the same etcd.
    { '/other/configmaps/shop/settings': object('v1 ConfigMap', 'settings') },
  ],
  [
    'cluster-ip-duplicate',
    'two Services with one IP',
    {
      '/registry/services/specs/shop/twin': object('v1 Service', 'twin', {
        spec: { clusterIP: '10.96.0.11' },
      }),
    },
    {
      '/registry/services/specs/shop/headless': object('v1 Service', 'headless', {
        spec: { clusterIP: 'None', clusterIPs: ['None'] },
      }),
    },
  ],
  [
    'cluster-ip-unallocated',
    'a Service whose IP is free for others',
    {
      '/registry/services/specs/shop/other': object('v1 Service', 'other', {
        spec: { clusterIP: '10.96.0.99' },
      }),
    },
    service('shop/other', '10.96.0.99'),
  ],
  [
    'node-port-duplicate',
    'two Services with one node port',
    {
      ...ports,
      ...nodePortService('a', '10.96.1.1', 30009),
      ...nodePortService('b', '10.96.1.2', 30009),
    },
    {
      ...ports,
      ...nodePortService('a', '10.96.1.1', 30009),
      ...nodePortService('b', '10.96.1.2', 30000),
    },
  ],
  [
    'node-port-unallocated',
    'a node port that the table has free',
    { ...ports, ...nodePortService('a', '10.96.1.1', 30001) },
    { ...ports, ...nodePortService('a', '10.96.1.1', 30009) },
  ],
  [
    'lease-expired',
    'a Lease that was old when the backup was made',
    { '/registry/leases/shop/op': lease('op', '2026-01-01T00:00:00Z') },
    {
      '/registry/leases/kube-system/apiserver-x': lease('apiserver-x', '2026-01-01T00:00:00Z', {
        'apiserver.kubernetes.io/identity': 'kube-apiserver',
      }),
    },
  ],
  [
    'bootstrap-token-expired',
    'a bootstrap token past its time',
    {
      '/registry/secrets/kube-system/bootstrap-token-a': secret(
        'bootstrap-token-a',
        'bootstrap.kubernetes.io/token',
        { expiration: '2026-11-19T12:00:00Z' },
      ),
    },
    {
      '/registry/secrets/kube-system/bootstrap-token-a': secret(
        'bootstrap-token-a',
        'bootstrap.kubernetes.io/token',
        { expiration: '2026-11-21T12:00:00Z' },
      ),
    },
  ],
  [
    'jobs-run-again',
    'a Job that had not completed',
    { '/registry/jobs/shop/half': object('batch/v1 Job', 'half', { status: {} }) },
    {
      '/registry/jobs/shop/whole': object('batch/v1 Job', 'whole', {
        status: { completionTime: '2026-11-20T11:30:00Z' },
      }),
      '/registry/cronjobs/shop/off': object('batch/v1 CronJob', 'off', { spec: { suspend: true } }),
    },
  ],
  [
    'value-undecodable',
    'a value that is cut',
    { '/registry/configmaps/shop/cut': '{"kind":"ConfigMap","apiVersion":"v1","metadata":{' },
    { '/registry/gadgets/shop/newer-than-we-know': 'anything' },
  ],
  [
    'value-undecodable',
    'a protobuf value whose fields do not fit',
    {
      '/registry/configmaps/shop/torn': Buffer.from(
        'k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x02\n\x7f',
        'latin1',
      ),
    },
    {},
  ],
];

describe('a restore of a healthy store', () => {
  test('brings nothing that is worth a word', () => {
    expect(findingsAbout(healthyCluster())).toEqual([]);
  });
});

describe('a restore of a store with one defect', () => {
  test.each(DEFECTS)('%s is told for %s, and only that', (code, _, planted, healthy) => {
    const findings = findingsAbout({ ...healthyCluster(), ...planted });
    expect(codesOf(findings)).toEqual([code]);
    expect(findings[0]?.cure).not.toBe('');
    expect(findingsAbout({ ...healthyCluster(), ...healthy })).toEqual([]);
  });
});

test('quotes the names of a hostile file in commands that are there to be pasted', () => {
  const planted = { '/registry/configmaps/a;reboot/lost': object('v1 ConfigMap', 'lost') };
  const [finding] = findingsAbout({ ...healthyCluster(), ...planted });
  expect(finding?.cure).toContain("kubectl create namespace 'a;reboot'");
});

test('says that nothing was judged when everything lies below another prefix', () => {
  const moved = Object.entries(healthyCluster()).map(([key, value]) => [`/prod${key}`, value]);
  expect(codesOf(findingsAbout(Object.fromEntries(moved)))).toEqual(['another-prefix']);
  expect(findingsAbout({ '/app/config': 'value', '/app/json': '{"kind":"x"}' })).toEqual([]);
});
