import 'reflect-metadata';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { Finding } from '../../../../harness/model/finding.ts';
import {
  ClusterContentBuilder,
  type ClusterOptions,
} from '../../../../harness/snapshot/hazards/cluster-content.ts';
import type { Judgement } from '../../../../harness/snapshot/hazards/hazard.ts';
import { hazardFindings } from '../../../../harness/snapshot/hazards/index.ts';

export const AS_OF = '2026-11-20T12:00:00Z';

/** An object as a kube-apiserver with `--storage-media-type=application/json` stores it, by key. */
export type Store = Record<string, unknown>;

let serial = 0;

/** @param type `apps/v1 Deployment`. */
export function object(type: string, name: string, parts: Record<string, unknown> = {}): unknown {
  const [apiVersion, kind] = type.split(' ');
  const { metadata, ...rest } = parts;
  serial += 1;
  return {
    kind,
    apiVersion,
    metadata: {
      name,
      uid: `uid-${serial}`,
      creationTimestamp: '2026-11-20T11:00:00Z',
      ...(metadata as object | undefined),
    },
    ...rest,
  };
}

export const namespace = (name: string, parts: Record<string, unknown> = {}) =>
  object('v1 Namespace', name, {
    metadata: { labels: { 'kubernetes.io/metadata.name': name } },
    status: { phase: 'Active' },
    ...parts,
  });

/** A Service with an IPAddress and one ready endpoint. */
export function service(place: string, ip: string, ready = true): Store {
  const [home = '', name = ''] = place.split('/');
  return {
    [`/registry/services/specs/${place}`]: object('v1 Service', name, {
      spec: { clusterIP: ip, clusterIPs: [ip], ports: [{ protocol: 'TCP', port: 443 }] },
    }),
    [`/registry/ipaddresses/${ip}`]: object('networking.k8s.io/v1 IPAddress', ip, {
      spec: { parentRef: { resource: 'services', namespace: home, name } },
    }),
    [`/registry/endpointslices/${place}-x`]: object(
      'discovery.k8s.io/v1 EndpointSlice',
      `${name}-x`,
      {
        metadata: { labels: { 'kubernetes.io/service-name': name } },
        endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready } }],
      },
    ),
  };
}

/** A cluster in which nothing is wrong, with one of everything that hazards look at. */
export function healthyCluster(): Store {
  const deployment = object('apps/v1 Deployment', 'web', { metadata: { uid: 'uid-web' } });
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' };
  return {
    '/registry/namespaces/default': namespace('default'),
    '/registry/namespaces/kube-system': namespace('kube-system'),
    '/registry/namespaces/shop': namespace('shop'),
    '/registry/namespaces/guard': namespace('guard'),
    '/registry/minions/node-a': object('v1 Node', 'node-a'),
    '/registry/deployments/shop/web': deployment,
    '/registry/replicasets/shop/web-1': object('apps/v1 ReplicaSet', 'web-1', {
      metadata: { ownerReferences: [owner] },
    }),
    '/registry/pods/shop/web-1-a': object('v1 Pod', 'web-1-a', {
      spec: { nodeName: 'node-a' },
      status: { phase: 'Running' },
    }),
    ...service('guard/hook', '10.96.0.10'),
    ...service('shop/web', '10.96.0.11'),
    '/registry/mutatingwebhookconfigurations/guard': webhookConfiguration({}),
    '/registry/persistentvolumes/vol': object('v1 PersistentVolume', 'vol', {
      spec: {
        claimRef: { namespace: 'shop', name: 'data', uid: 'uid-claim' },
        persistentVolumeReclaimPolicy: 'Delete',
      },
    }),
    '/registry/persistentvolumeclaims/shop/data': object('v1 PersistentVolumeClaim', 'data', {
      metadata: { uid: 'uid-claim' },
      spec: { volumeName: 'vol' },
    }),
    '/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.x.io': object(
      'apiextensions.k8s.io/v1 CustomResourceDefinition',
      'widgets.x.io',
      {
        spec: {
          group: 'x.io',
          names: { plural: 'widgets', kind: 'Widget' },
          versions: [
            { name: 'v1', served: true },
            { name: 'v1alpha1', served: false },
          ],
        },
      },
    ),
    '/registry/x.io/widgets/shop/one': object('x.io/v1 Widget', 'one'),
    '/registry/apiregistration.k8s.io/apiservices/v1.x.io': object(
      'apiregistration.k8s.io/v1 APIService',
      'v1.x.io',
      { spec: { group: 'x.io', version: 'v1' } },
    ),
    '/registry/leases/kube-system/kcm': lease('kcm', '2026-11-20T11:59:50Z'),
  };
}

export const lease = (name: string, renewTime: string, labels: Record<string, string> = {}) =>
  object('coordination.k8s.io/v1 Lease', name, {
    metadata: { labels },
    spec: { holderIdentity: 'kcm_1', leaseDurationSeconds: 15, renewTime },
  });

/** A fail-closed pod webhook of `guard/hook` that exempts its own namespace, unless `parts` says otherwise. */
export function webhookConfiguration(parts: Record<string, unknown>): unknown {
  return object('admissionregistration.k8s.io/v1 MutatingWebhookConfiguration', 'guard', {
    webhooks: [
      {
        name: 'pods.guard.io',
        clientConfig: { service: { namespace: 'guard', name: 'hook' } },
        rules: [
          { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
        ],
        failurePolicy: 'Fail',
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['guard', 'kube-system'],
            },
          ],
        },
        ...parts,
      },
    ],
  });
}

export interface Look extends Partial<Judgement>, Partial<ClusterOptions> {
  /** Keys without an etcd lease are the rule. */
  leased?: string[];
}

/** All findings about a store. A value that is a string or bytes is stored as it is. */
export function findingsAbout(store: Store, look: Look = {}): Finding[] {
  const builder = new ClusterContentBuilder({
    prefix: '/registry',
    encryption: look.encryption,
    inventory: false,
  });
  let revision = 1;
  for (const [key, value] of Object.entries(store)) {
    revision += 1;
    builder.add({
      key: Buffer.from(key),
      value: stored(value),
      createRevision: revision,
      modRevision: revision,
      version: 1,
      lease: look.leased?.includes(key) ? 7n : 0n,
    });
  }
  return hazardFindings(builder.finish(revision), { asOfMs: Date.parse(AS_OF), ...look });
}

function stored(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

export function codesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ code }) => code);
}

export function secret(name: string, type: string, data: Record<string, string>): unknown {
  const encoded = Object.entries(data).map(([entry, text]) => [
    entry,
    Buffer.from(text).toString('base64'),
  ]);
  return object('v1 Secret', name, { type, data: Object.fromEntries(encoded) });
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A self-signed certificate for `host`, PEM. */
export async function certificateFor(host: string, notAfter: string): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${host}`,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date(notAfter),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  });
  return certificate.toString('pem');
}
