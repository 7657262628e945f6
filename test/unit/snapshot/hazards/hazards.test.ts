import { createCipheriv, createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseEncryptionConfiguration } from '../../../../harness/snapshot/hazards/encryption-configuration.ts';
import { serviceAccountKeyId } from '../../../../harness/snapshot/hazards/service-account-keys.ts';
import {
  certificateFor,
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
      '/registry/m.io/things/kept-by-its-own-server': object('m.io/v1 Thing', 'kept'),
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

describe('webhooks', () => {
  test('name the namespaces that are spared and the command that cures', () => {
    const [found] = findingsAbout({
      ...healthyCluster(),
      [SLICE]: object('discovery.k8s.io/v1 EndpointSlice', 'hook-x'),
    });
    expect(found?.message).toContain('any namespace but kube-system and guard');
    expect(found?.cure).toContain('kubectl delete mutatingwebhookconfiguration guard');
  });

  test('whose caBundle did not sign the stored certificate are told, others not', async () => {
    const own = await certificateFor('hook.guard.svc', '2036-01-01T00:00:00Z');
    const foreign = await certificateFor('hook.guard.svc', '2036-01-01T00:00:00Z');
    const withCa = (pem: string): Store => ({
      ...healthyCluster(),
      '/registry/secrets/guard/tls': secret('tls', 'kubernetes.io/tls', { 'tls.crt': own }),
      [WEBHOOK]: webhookConfiguration({
        clientConfig: {
          service: { namespace: 'guard', name: 'hook' },
          caBundle: Buffer.from(pem).toString('base64'),
        },
      }),
    });
    expect(codesOf(findingsAbout(withCa(foreign)))).toEqual(['webhook-ca-mismatch']);
    expect(findingsAbout(withCa(own))).toEqual([]);
  });
});

describe('certificates in Secrets', () => {
  test('are judged at the time asked for', async () => {
    const pem = await certificateFor('web.example.com', '2026-11-25T12:00:00Z');
    const store = {
      ...healthyCluster(),
      '/registry/secrets/shop/tls': secret('tls', 'kubernetes.io/tls', { 'tls.crt': pem }),
    };
    expect(findingsAbout(store)).toEqual([]);
    const later = findingsAbout(store, { asOfMs: Date.parse('2026-11-26T12:00:00Z') });
    expect(codesOf(later)).toEqual(['expired-certificate-in-secret']);
  });
});

describe('permanent API server addresses', () => {
  const key = '/registry/masterleases/10.0.0.1';
  const store = { ...healthyCluster(), [key]: object('v1 Endpoints', '10.0.0.1') };

  test('are told when the key lost its lease', () => {
    expect(codesOf(findingsAbout(store))).toEqual(['master-lease-permanent']);
    expect(findingsAbout(store, { leased: [key] })).toEqual([]);
  });
});

describe('service-account tokens', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64url');
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url');
  const token = `${header}.e30.c2ln`;
  const store = {
    ...healthyCluster(),
    '/registry/secrets/shop/robot': secret('robot', 'kubernetes.io/service-account-token', {
      token,
    }),
  };

  test('are accepted with the key that signed them, whether given as public or private key', () => {
    const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(serviceAccountKeyId(pem, 'sa.pub')).toBe(kid);
    expect(serviceAccountKeyId(privatePem, 'sa.key')).toBe(kid);
    expect(findingsAbout(store, { serviceAccountKeyIds: new Set([kid]) })).toEqual([]);
  });

  test('signed with another key are told, and never shown', () => {
    const findings = findingsAbout(store, { serviceAccountKeyIds: new Set(['other']) });
    expect(codesOf(findings)).toEqual(['service-account-key-unknown']);
    expect(JSON.stringify(findings)).not.toContain(token);
  });

  test('that are not there prove nothing', () => {
    const findings = findingsAbout(healthyCluster(), { serviceAccountKeyIds: new Set([kid]) });
    expect(codesOf(findings)).toEqual(['service-account-key-unproven']);
  });
});

describe('age', () => {
  const HOUR_MS = 3_600_000;

  test('counts from the newest write and is told only when it is limited', () => {
    const asOfMs = Date.parse('2026-11-20T14:00:00Z');
    expect(findingsAbout(healthyCluster(), { asOfMs })).toEqual([]);
    expect(findingsAbout(healthyCluster(), { asOfMs, maxAgeMs: 3 * HOUR_MS })).toEqual([]);
    const found = findingsAbout(healthyCluster(), { asOfMs, maxAgeMs: HOUR_MS });
    expect(codesOf(found)).toEqual(['too-old']);
    expect(found[0]?.message).toContain('2.0 h old');
  });

  test('is unknown where nothing carries a time', () => {
    expect(codesOf(findingsAbout({ '/app/a': 'plain' }, { maxAgeMs: HOUR_MS }))).toEqual([
      'age-unknown',
    ]);
  });

  test('below nothing means a wrong clock', () => {
    const asOfMs = Date.parse('2026-11-20T11:00:00Z');
    expect(codesOf(findingsAbout(healthyCluster(), { asOfMs }))).toEqual(['written-in-the-future']);
  });
});

describe('encrypted values', () => {
  const key = '/registry/secrets/shop/db';
  const secretBytes = Buffer.alloc(32, 7);
  const plain = JSON.stringify(secret('db', 'Opaque', { password: 'geheim' }));

  function aescbc(name: string): Buffer {
    const iv = Buffer.alloc(16, 1);
    const cipher = createCipheriv('aes-256-cbc', secretBytes, iv);
    const head = Buffer.from(`k8s:enc:aescbc:v1:${name}:`);
    return Buffer.concat([head, iv, cipher.update(plain), cipher.final()]);
  }

  function aesgcm(etcdKey: string): Buffer {
    const nonce = Buffer.alloc(12, 1);
    const cipher = createCipheriv('aes-256-gcm', secretBytes, nonce);
    cipher.setAAD(Buffer.from(etcdKey));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from('k8s:enc:aesgcm:v1:k1:'), nonce, body, cipher.getAuthTag()]);
  }

  const configured = (provider: string, name: string, bytes: Buffer, resource = 'secrets') =>
    parseEncryptionConfiguration(
      `kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: ['${resource}']
  providers:
  - ${provider}: {keys: [{name: ${name}, secret: ${bytes.toString('base64')}}]}
  - identity: {}`,
      'enc.yaml',
    );

  const about = (value: Buffer, encryption?: ReturnType<typeof configured>) =>
    codesOf(findingsAbout({ ...healthyCluster(), [key]: value }, { encryption }));

  test('need a configuration that names their provider, key and resource', () => {
    expect(about(aescbc('k1'))).toEqual(['encryption-key-unknown']);
    expect(about(aescbc('k1'), configured('aescbc', 'k2', secretBytes))).toEqual([
      'encryption-key-unknown',
    ]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes, 'configmaps'))).toEqual([
      'encryption-key-unknown',
    ]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes))).toEqual([]);
    expect(about(aescbc('k1'), configured('aescbc', 'k1', secretBytes, '*.*'))).toEqual([]);
  });

  test('are decrypted, so a key of the right name with other bytes is told', () => {
    const wrong = configured('aescbc', 'k1', Buffer.alloc(32, 8));
    expect(about(aescbc('k1'), wrong)).toEqual(['encryption-key-wrong']);
  });

  test('of AES-GCM are bound to their etcd key', () => {
    const encryption = configured('aesgcm', 'k1', secretBytes);
    expect(about(aesgcm(key), encryption)).toEqual([]);
    expect(about(aesgcm('/other/secrets/shop/db'), encryption)).toEqual(['encryption-key-wrong']);
  });

  test('of a cipher that cannot be checked here are said to be unchecked', () => {
    const value = Buffer.from('k8s:enc:secretbox:v1:k1:xxxxxxxx');
    expect(about(value, configured('secretbox', 'k1', secretBytes))).toEqual([
      'encryption-key-unchecked',
    ]);
  });
});
