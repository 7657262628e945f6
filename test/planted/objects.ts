import type { CheckView } from '../../harness/model/check.ts';
import type { ObjectRef } from '../../harness/model/finding.ts';
import type { ApiList, ObservedObject } from '../../harness/model/observation.ts';
import { alter, alterOn, type Defect, defectsOf, withFacts } from './defect.ts';
import { healthy, observed, ref, SENTINEL_AFTER, SENTINEL_BEFORE } from './healthy.ts';

type Change = (objects: ObservedObject[]) => ObservedObject[];

/** In etcd, and so in whatever an honest API server answers. */
export function inEtcd(twin: CheckView, change: Change): CheckView {
  const stored = alter(twin, 'etcd-objects', (seen) => ({
    ...seen,
    objects: change(seen.objects),
  }));
  const listed = alter(stored, 'api-list', (list) => ({ ...list, objects: change(list.objects) }));
  const held = listed.now.flatMap((seen) => (seen.kind === 'etcd-objects' ? seen.objects : []));
  return alter(listed, 'api-get', (get) => ({
    ...get,
    found: held.some(({ name }) => name === get.object.name),
  }));
}

/** In the lists of one API server of one way of listing. */
export function inLists(
  twin: CheckView,
  host: string,
  mode: ApiList['mode'],
  change: Change,
): CheckView {
  return alterOn(twin, 'api-list', host, (list) =>
    list.mode === mode ? { ...list, objects: change(list.objects) } : list,
  );
}

function lost(twin: CheckView, name: string): CheckView {
  return inEtcd(twin, (objects) => objects.filter((object) => object.name !== name));
}

function changed(name: string, change: Partial<ObservedObject>): Change {
  return (objects) =>
    objects.map((object) => (object.name === name ? { ...object, ...change } : object));
}

/** Only into the list of the object's own resource. */
function added(object: ObjectRef): Change {
  return (objects) =>
    objects.some(({ resource }) => resource === object.resource)
      ? [...objects, observed(object, 690)]
      : objects;
}

const PRICES = ref('', 'configmaps', 'shop', 'prices');
export const GHOST = ref('', 'configmaps', 'shop', 'ghost');

export function ghost(twin: CheckView): CheckView {
  return inLists(twin, 'etcd-1', 'cache', added(GHOST));
}

export const objectDefects: Defect[] = [
  ...defectsOf('sentinels', [
    ['sentinel-lost', 'an older snapshot was restored', (twin) => lost(twin, SENTINEL_BEFORE.name)],
    [
      'sentinel-lost',
      'an older snapshot was restored, and no member can be read',
      (twin) => alter(lost(twin, SENTINEL_BEFORE.name), 'etcd-objects', () => null),
    ],
    [
      'sentinel-lost',
      'a recovery that should lose nothing went back to the backup',
      (twin) => withFacts(twin, { restores: false }),
    ],
    ['sentinel-survived', 'nothing was restored', (twin) => inEtcd(twin, added(SENTINEL_AFTER))],
    [
      'sentinel-survived',
      'a recovery that should lose nothing brought a deleted ConfigMap back',
      () => withFacts(healthy({ restores: false }), { deletedAfter: [PRICES] }),
    ],
  ]),
  ...defectsOf('object-counts', [
    ['objects-missing', 'a Secret is lost', (twin) => lost(twin, 'token')],
    [
      'objects-unexpected',
      'a Secret was made after the backup',
      (twin) => inEtcd(twin, added(ref('', 'secrets', 'shop', 'newer'))),
    ],
  ]),
  ...defectsOf('object-content', [
    [
      'object-changed',
      'a ConfigMap has other prices',
      (twin) => inEtcd(twin, changed('prices', { contentHash: 'other' })),
    ],
    [
      'object-recreated',
      'a Secret was made again by hand',
      (twin) => inEtcd(twin, changed('token', { uid: 'another', contentHash: 'other' })),
    ],
  ]),
];
