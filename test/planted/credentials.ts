import type { NewWorkload } from '../../harness/model/observation.ts';
import { alter, alterOn, type Defect, defectsOf } from './defect.ts';
import { NOON_MS, ref } from './healthy.ts';

type Plant = Parameters<typeof defectsOf>[1][number][2];

function encrypted(plain: readonly string[]): Plant {
  const names = plain.map((name) => ref('', 'secrets', 'shop', name));
  return (twin) =>
    alter(twin, 'etcd-objects', (seen) => ({
      ...seen,
      encrypted: [{ group: '', resource: 'secrets', encrypted: 12, plain: names }],
    }));
}

function workload(change: Partial<NewWorkload>): Plant {
  return (twin) => alter(twin, 'new-workload', (seen) => ({ ...seen, watchedMs: 5000, ...change }));
}

/** A key, a configuration or a controller that is not the one of the backup's time. */
export const credentialDefects: Defect[] = [
  ...defectsOf('encryption', [
    ['stored-in-plain-text', 'a Secret was written while the key was away', encrypted(['late'])],
    [
      'decryption-failed',
      'the API server was started without its encryption configuration',
      (twin) =>
        alterOn(twin, 'api-list', 'etcd-2', (list) =>
          list.resource === 'secrets'
            ? { ...list, objects: [], error: 'identity transformer tried to read encrypted data' }
            : list,
        ),
    ],
  ]),
  ...defectsOf('tokens', [
    [
      'token-refused',
      'the API server has another service-account key',
      (twin) =>
        alterOn(twin, 'client-token', 'etcd-1', (seen) => ({
          ...seen,
          error: '[invalid bearer token, invalid signature, no keys found]',
        })),
    ],
    [
      'token-refused',
      'a ServiceAccount was made anew',
      (twin) =>
        alter(twin, 'client-token', (seen) => ({
          ...seen,
          error: 'service account UID (b) does not match claim (a)',
        })),
    ],
    [
      'bootstrap-token-expired',
      'a token expired while the backup aged',
      (twin) => alter(twin, 'bootstrap-token', (seen) => ({ ...seen, expiresAtMs: NOON_MS })),
    ],
  ]),
  ...defectsOf('workload', [
    ['workload-refused', 'nothing can be created', workload({ createError: 'no quorum' })],
    [
      'workload-without-pod',
      'controller-manager is deaf',
      workload({ podAfterMs: null, nodeAfterMs: null }),
    ],
    ['workload-without-node', 'kube-scheduler is deaf', workload({ nodeAfterMs: null })],
  ]),
];
