import type { CheckView } from '../../harness/model/check.ts';
import { alter, alterOn, type Defect, defectsOf, silence } from './defect.ts';
import { ref, SENTINEL_BEFORE, withWebhook } from './healthy.ts';
import { ghost, inEtcd, inLists } from './objects.ts';

function off(twin: CheckView, host: string): CheckView {
  return (['api-list', 'api-get', 'fresh-object', 'pod-admission'] as const).reduce(
    (view, kind) => silence(view, kind, host),
    twin,
  );
}

function failing(twin: CheckView): CheckView {
  return alterOn(twin, 'api-list', 'etcd-2', (list) =>
    list.resource === 'secrets'
      ? { ...list, resourceVersion: 0, objects: [], error: 'no matching key was found' }
      : list,
  );
}

/** The API server's own words about a webhook that it cannot call. */
function webhookFails(ending: string): (twin: CheckView) => CheckView {
  const error = `Internal error occurred: failed calling webhook "mpod.kb.io": ${ending}`;
  return (twin) => alter(twin, 'pod-admission', (seen) => ({ ...seen, error }));
}

export const apiDefects: Defect[] = [
  ...defectsOf('api-servers', [
    ['api-server-unreachable', 'the API server of etcd-2 is off', (twin) => off(twin, 'etcd-2')],
  ]),
  ...defectsOf('api-reads', [
    ['list-failed', 'the API server of etcd-2 lost its encryption key', failing],
    [
      'get-failed',
      'the API server of etcd-2 cannot decode an object',
      (twin) => alterOn(twin, 'api-get', 'etcd-2', (get) => ({ ...get, error: 'no kind is set' })),
    ],
  ]),
  ...defectsOf('list-revision', [
    [
      'stale-cache',
      'the API server of etcd-1 outlived the restore',
      (twin) =>
        alterOn(twin, 'api-list', 'etcd-1', (list) => ({
          ...list,
          atMs: list.atMs + 300,
          resourceVersion: list.resourceVersion + 299,
        })),
    ],
  ]),
  ...defectsOf('object-views', [
    ['ghost-object', 'a deleted ConfigMap is in the cache of etcd-1', ghost],
    [
      'ghost-object',
      'the cache of etcd-1 has an earlier Secret of the same name',
      (twin) =>
        inLists(twin, 'etcd-1', 'cache', (objects) =>
          objects.map((object) => (object.name === 'token' ? { ...object, uid: 'old' } : object)),
        ),
    ],
    [
      'object-hidden',
      'a restored ConfigMap is not in the cache of etcd-1',
      (twin) =>
        inLists(twin, 'etcd-1', 'cache', (objects) =>
          objects.filter(({ name }) => name !== 'prices'),
        ),
    ],
    [
      'object-stale',
      'the cache of etcd-1 has a later state of a ConfigMap',
      (twin) =>
        inLists(twin, 'etcd-1', 'cache', (objects) =>
          objects.map((object) =>
            object.name === 'prices' ? { ...object, revision: 655 } : object,
          ),
        ),
    ],
    [
      'get-differs',
      'the API server of etcd-3 reads another prefix',
      (twin) =>
        alterOn(twin, 'api-get', 'etcd-3', (get) => ({
          ...get,
          found: get.object.name !== SENTINEL_BEFORE.name,
        })),
    ],
  ]),
  ...defectsOf('fresh-object', [
    [
      'fresh-object-refused',
      'a webhook refuses ConfigMaps',
      (twin) =>
        alterOn(twin, 'fresh-object', 'etcd-2', (seen) => ({
          ...seen,
          createError: 'failed calling webhook',
          listedAfterMs: null,
        })),
    ],
    [
      'fresh-object-unlisted',
      'the cache of etcd-1 hears nothing',
      (twin) =>
        alterOn(twin, 'fresh-object', 'etcd-1', (seen) => ({ ...seen, listedAfterMs: null })),
    ],
  ]),
  ...defectsOf('pod-admission', [
    [
      'pod-admission-refused',
      'a policy forbids every pod',
      (twin) =>
        alter(twin, 'pod-admission', (seen) => ({ ...seen, error: 'pods "none" is forbidden' })),
    ],
    [
      'pod-webhook-refuses',
      'a restored webhook has no process',
      webhookFails('dial tcp 10.77.0.12:9876: connect: connection refused'),
    ],
    [
      'pod-webhook-no-endpoints',
      'the pods of the operator are gone',
      webhookFails('no endpoints available for service "kruise-webhook-service"'),
    ],
    [
      'pod-webhook-service-missing',
      'the operator was deleted without its configuration',
      webhookFails('service "kruise-webhook-service" not found'),
    ],
    [
      'pod-webhook-ca-mismatch',
      'the restored caBundle is the old one',
      webhookFails(
        'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ),
    ],
    [
      'pod-webhook-stranger',
      'another server has the address now',
      webhookFails('tls: failed to verify certificate: x509: certificate is valid for a, not b'),
    ],
    [
      'pod-webhook-stranger',
      'a server without TLS has the address now',
      webhookFails('tls: first record does not look like a TLS handshake'),
    ],
    ['pod-webhook-silent', 'a firewall drops packets', webhookFails('context deadline exceeded')],
    [
      'pod-webhook-hollow',
      'the Service of a webhook was deleted under running API servers',
      (twin) => withWebhook(twin, { exists: false, endpoints: [] }),
    ],
    [
      'pod-webhook-hollow',
      'the operator was scaled down under running API servers',
      (twin) => withWebhook(twin, { exists: true, endpoints: [] }),
    ],
  ]),
];

export const clientDefects: Defect[] = [
  ...defectsOf('custom-resources', [
    [
      'crd-missing',
      'the definition is gone',
      (twin) =>
        alter(
          inEtcd(twin, (objects) =>
            objects.filter(({ resource }) => resource !== 'customresourcedefinitions'),
          ),
          'custom-resource',
          () => null,
        ),
    ],
    [
      'crd-not-established',
      'its names are in conflict',
      (twin) => alter(twin, 'custom-resource', (seen) => ({ ...seen, established: false })),
    ],
    [
      'crd-version-unlistable',
      'a stored version is not defined any more',
      (twin) =>
        alter(twin, 'custom-resource', (seen) => ({
          ...seen,
          versions: seen.versions.map((version) =>
            version.name === 'v1' ? { ...version, listed: null, error: '429' } : version,
          ),
        })),
    ],
    [
      'custom-resources-missing',
      'one widget is not listed',
      (twin) =>
        alter(
          alter(twin, 'custom-resource', (seen) => ({
            ...seen,
            versions: seen.versions.map((version) => ({ ...version, listed: 2 })),
          })),
          'api-list',
          (list) => ({ ...list, objects: list.objects.filter(({ name }) => name !== 'w-2') }),
        ),
    ],
  ]),
  ...defectsOf('watches', [
    [
      'watch-stalled',
      'a watch resumed at a revision of the future',
      (twin) =>
        alterOn(twin, 'watch-client', 'etcd-1', (client) => ({
          ...client,
          expiredCount: 0,
          staleMs: 65_000,
          missing: [ref('', 'configmaps', 'shop', 'made-since')],
        })),
    ],
  ]),
  ...defectsOf('leader-leases', [
    [
      'leader-lease-stale',
      'the holder died before the backup',
      (twin) =>
        alter(twin, 'leader-lease', (lease) => ({
          ...lease,
          renewedAtMs: lease.atMs - 600_000,
          renewedWhileWatched: false,
        })),
    ],
  ]),
];
