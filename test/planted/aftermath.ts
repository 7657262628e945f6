import type { CheckView } from '../../harness/model/check.ts';
import type { ObjectRef } from '../../harness/model/finding.ts';
import type { Foretold } from '../../harness/model/foretold.ts';
import { alter, type Defect, defectsOf, withFacts } from './defect.ts';
import { observed, ref } from './healthy.ts';
import { inEtcd } from './objects.ts';

const RBAC = 'rbac.authorization.k8s.io';
const GRANT = ref(RBAC, 'clusterrolebindings', null, 'contractor');
const ACCOUNT = ref('', 'serviceaccounts', 'shop', 'contractor');
const OLD_NAMESPACE = ref('', 'namespaces', null, 'old-shop');
const SCHEDULE = ref('batch', 'cronjobs', 'shop', 'bill');
const RUN = ref('batch', 'jobs', 'shop', 'bill-29404080');
const JOB = ref('batch', 'jobs', 'shop', 'migrate');

function foretelling(twin: CheckView, change: (told: Foretold) => Partial<Foretold>): CheckView {
  const { foretold } = twin.facts;
  if (foretold === undefined) throw new Error('nothing was foretold to this twin');
  return withFacts(twin, { foretold: { ...foretold, ...change(foretold) } });
}

/** Deleted after the backup, foretold, and back. */
export function returned(twin: CheckView, object: ObjectRef): CheckView {
  const told = foretelling(twin, (now) => ({ returned: [...now.returned, observed(object)] }));
  return inEtcd(told, (objects) => [...objects, observed(object)]);
}

function serviceHas(twin: CheckView, name: string, address: string): CheckView {
  return alter(twin, 'service-addresses', (seen) => ({
    ...seen,
    services: [
      ...seen.services,
      { object: ref('', 'services', 'shop', name), addresses: [address] },
    ],
  }));
}

export const aftermathDefects: Defect[] = [
  ...defectsOf('prediction', [
    [
      'prediction-wrong',
      'an object that should have come back is not there',
      (twin) => foretelling(twin, () => ({ returned: [observed(GRANT)] })),
    ],
    [
      'prediction-wrong',
      'an object that should be gone is there',
      (twin) =>
        foretelling(twin, () => ({ lost: [observed(ref('', 'configmaps', 'shop', 'prices'))] })),
    ],
    [
      'prediction-wrong',
      'an object that should be as it was is not',
      (twin) =>
        foretelling(twin, ({ reverted }) => ({
          reverted: reverted.map((each) => ({ ...each, contentHash: 'another' })),
        })),
    ],
  ]),
  ...defectsOf('aftermath', [
    ['grant-returned', 'a binding that was revoked is back', (twin) => returned(twin, GRANT)],
    ['account-returned', 'a deleted ServiceAccount is back', (twin) => returned(twin, ACCOUNT)],
    ['namespace-returned', 'a deleted Namespace is back', (twin) => returned(twin, OLD_NAMESPACE)],
    [
      'job-runs-again',
      'a Job that was finished is at its beginning',
      (twin) => foretelling(returned(twin, JOB), () => ({ runsAgain: [JOB] })),
    ],
    [
      'scheduled-run-repeated',
      'a Job of a CronJob that had been done is there anew',
      (twin) =>
        inEtcd(
          foretelling(twin, ({ lost }) => ({
            lost: [...lost, { ...observed(RUN), uid: 'first' }],
          })),
          (objects) => [...objects, observed(SCHEDULE), { ...observed(RUN), uid: 'second' }],
        ),
    ],
    [
      'service-address-taken',
      'another Service got the address of one that was lost',
      (twin) => serviceHas(twin, 'stranger', '10.96.0.77'),
    ],
    [
      'service-address-shared',
      'two Services have one address',
      (twin) => serviceHas(twin, 'second', '10.96.0.11'),
    ],
  ]),
  ...defectsOf('orphans', [
    [
      'object-orphaned',
      'a ConfigMap was written into a Namespace that the restore took away',
      (twin) =>
        inEtcd(twin, (objects) => [...objects, observed(ref('', 'configmaps', 'ghost', 'late'))]),
    ],
  ]),
];
