import { describe, expect, test } from 'vitest';
import { customResources } from '../../../harness/checks/custom-resources.ts';
import { objectContent } from '../../../harness/checks/object-content.ts';
import { objectCounts } from '../../../harness/checks/object-counts.ts';
import { tally } from '../../../harness/checks/object-set.ts';
import { objectViews } from '../../../harness/checks/object-views.ts';
import { sentinels } from '../../../harness/checks/sentinels.ts';
import type { CheckView } from '../../../harness/model/check.ts';
import type { Observation, ObservedObject } from '../../../harness/model/observation.ts';
import { alter, alterOn, withFacts } from '../../planted/defect.ts';
import { healthy, observed, plainKey, ref } from '../../planted/healthy.ts';
import { GHOST, ghost, inEtcd, inLists } from '../../planted/objects.ts';

const NUMBERED = Array.from({ length: 30 }, (_, index) =>
  ref('', 'configmaps', 'shop', `many-${index}`),
);

function manyGhosts(view: CheckView, host: string): CheckView {
  return inLists(view, host, 'cache', (objects) =>
    objects.some(({ resource }) => resource === 'configmaps')
      ? [...objects, ...NUMBERED.map((object) => observed(object))]
      : objects,
  );
}

describe('object-views', () => {
  test('names the ghost, the API server and the kind of list', () => {
    const [found] = objectViews.examine(ghost(healthy())).findings;
    expect(found).toMatchObject({ code: 'ghost-object', where: 'etcd-1', objects: [GHOST] });
    expect(found?.message).toContain('on etcd-1 (cache) show 1 object');
    expect(found?.message).toContain('configmaps shop/ghost');
    expect(found?.cure).toContain('Restart kube-apiserver on etcd-1');
  });

  test('names the first twenty of many and counts all', () => {
    const [found] = objectViews.examine(manyGhosts(healthy(), 'etcd-1')).findings;
    expect(found?.objects).toHaveLength(20);
    expect(found?.objectCount).toBe(30);
    expect(found?.message).toContain('30 objects that etcd does not hold: configmaps in shop (30)');
  });

  test('reports the same ghosts of several API servers once', () => {
    const view = manyGhosts(manyGhosts(healthy(), 'etcd-1'), 'etcd-3');
    const { findings } = objectViews.examine(view);
    expect(findings.map(({ where }) => where)).toEqual(['etcd-1 and etcd-3']);
  });

  test('holds an API server against the member on its own host', () => {
    const diverging = alterOn(healthy(), 'etcd-objects', 'etcd-2', (seen) => ({
      ...seen,
      objects: seen.objects.filter(({ name }) => name !== 'prices'),
    }));
    const { findings } = objectViews.examine(diverging);
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(['ghost-object etcd-2']);
  });

  test('ignores what comes and goes', () => {
    const view = inLists(healthy(), 'etcd-1', 'cache', (objects) =>
      objects.filter(({ resource }) => resource !== 'leases' && resource !== 'events'),
    );
    expect(objectViews.examine(view).verdict).toBe('pass');
  });

  describe('when an object is changed while it is looked at', () => {
    /** etcd is read at revision 900, and asked at the end where it is then. */
    function readAt900(revisionAtTheEnd: number): CheckView {
      const read = alter(healthy(), 'etcd-objects', (seen) => ({ ...seen, revision: 900 }));
      const listed = alter(read, 'api-list', (list) => ({ ...list, resourceVersion: 900 }));
      return alter(listed, 'member-status', (status) => ({
        ...status,
        revision: revisionAtTheEnd,
      }));
    }

    const at = (revision: number) => (objects: ObservedObject[]) =>
      objects.map((object) => (object.name === 'prices' ? { ...object, revision } : object));
    const codesOf = (view: CheckView) => objectViews.examine(view).findings.map(({ code }) => code);

    test('a list that is later than the reading is right', () => {
      const later = inLists(readAt900(950), 'etcd-1', 'cache', at(940));
      expect(codesOf(later)).toEqual([]);
    });

    test('a ghost is one, whatever its revision, where a GET by name does not find it', () => {
      const listed = readAt900(950);
      const grown = inLists(listed, 'etcd-1', 'cache', (objects) =>
        objects.some(({ resource }) => resource === 'configmaps')
          ? [...objects, observed(GHOST, 940)]
          : objects,
      );
      expect(codesOf(grown)).toEqual([]);
      const [get] = grown.now.flatMap((seen) => (seen.kind === 'api-get' ? [seen] : []));
      if (get === undefined) throw new Error('nothing was asked for by name');
      const asked = { ...get, source: 'etcd-1', object: GHOST, found: false, uid: null };
      expect(codesOf({ ...grown, now: [...grown.now, asked] })).toEqual(['ghost-object']);
    });

    test('a list of what etcd has not reached is not', () => {
      const ahead = inLists(readAt900(930), 'etcd-1', 'cache', at(940));
      expect(codesOf(ahead)).toEqual(['object-stale']);
    });

    test('a consistent list that is earlier than the reading is right, and a cache that stays behind is not', () => {
      const later = alter(readAt900(950), 'etcd-objects', (seen) => ({
        ...seen,
        revision: 945,
        objects: at(940)(seen.objects),
      }));
      const views = objectViews.examine(later).findings;
      expect(views.map(({ code, message }) => [code, message.includes('(cache)')])).toEqual([
        ['object-stale', true],
      ]);
    });
  });

  test('a finding stands although another API server could not be asked', () => {
    const view = ghost(healthy());
    const look: Observation = {
      kind: 'unavailable',
      source: 'etcd-2',
      atMs: 0,
      of: 'api-list',
      reason: 'timed out',
    };
    expect(objectViews.examine({ ...view, now: [...view.now, look] }).verdict).toBe('fail');
  });

  test('nothing in etcd and nothing listed is unknown', () => {
    const nothing = alter(
      inEtcd(healthy(), () => []),
      'api-get',
      () => null,
    );
    expect(objectViews.examine(nothing)).toMatchObject({ verdict: 'unknown' });
  });
});

describe('object-counts', () => {
  test('an empty baseline proves nothing', () => {
    const view = healthy({ kubernetes: false });
    const baseline = view.baseline?.map((seen) =>
      seen.kind === 'etcd-objects' ? { ...seen, objects: [] } : seen,
    );
    expect(objectCounts.examine({ ...view, baseline })).toMatchObject({
      verdict: 'unknown',
      reason: 'the baseline holds no objects, so nothing can be missing',
    });
  });

  test('the fullest member tells what there was at backup time', () => {
    const view = healthy();
    const baseline = view.baseline?.map((seen) =>
      seen.kind === 'etcd-objects' && seen.source === 'etcd-1' ? { ...seen, objects: [] } : seen,
    );
    expect(objectCounts.examine({ ...view, baseline }).verdict).toBe('pass');
  });

  test('a loss on one member is told of that member', () => {
    const view = alterOn(healthy({ kubernetes: false }), 'etcd-objects', 'etcd-3', (seen) => ({
      ...seen,
      objects: seen.objects.filter(({ name }) => name !== 'a/2'),
    }));
    expect(objectCounts.examine(view).findings).toMatchObject([
      { code: 'objects-missing', where: 'etcd-3', objects: [plainKey('a/2')] },
    ]);
  });

  test('without a restore new objects are no finding, and deleted ones are not missed', () => {
    const kept = healthy({ restores: false });
    const fresh = inEtcd(kept, (objects) => [
      ...objects.filter(({ name }) => name !== 'banner'),
      observed(ref('', 'secrets', 'shop', 'newer')),
    ]);
    const deletedAfter = [ref('', 'configmaps', 'shop', 'banner')];
    expect(objectCounts.examine(withFacts(fresh, { deletedAfter })).verdict).toBe('pass');
    expect(objectCounts.examine(fresh).findings).toMatchObject([{ code: 'objects-missing' }]);
  });
});

describe('object-content', () => {
  const change = (view: CheckView, name: string) =>
    inEtcd(view, (objects) =>
      objects.map((object) => (object.name === name ? { ...object, contentHash: 'x' } : object)),
    );

  test('a change after the backup is right without a restore and wrong with one', () => {
    const changedAfter = [ref('', 'configmaps', 'shop', 'prices')];
    const kept = withFacts(change(healthy({ restores: false }), 'prices'), { changedAfter });
    expect(objectContent.examine(kept).verdict).toBe('pass');
    const restored = withFacts(change(healthy(), 'prices'), { changedAfter });
    expect(objectContent.examine(restored).findings).toMatchObject([
      { code: 'object-changed', objects: changedAfter },
    ]);
  });

  test('a definition whose conditions kube-apiserver wrote anew is no finding', () => {
    expect(objectContent.examine(change(healthy(), 'widgets.example.com')).verdict).toBe('pass');
  });

  test('content that was not taken is not judged', () => {
    const view = inEtcd(healthy(), (objects) =>
      objects.map((object) => ({ ...object, contentHash: null })),
    );
    expect(objectContent.examine(view)).toMatchObject({ verdict: 'unknown' });
  });
});

describe('sentinels', () => {
  test('a drill without sentinels proves nothing', () => {
    const view = withFacts(healthy(), { sentinelsBefore: [], sentinelsAfter: [] });
    expect(sentinels.examine(view).verdict).toBe('unknown');
  });

  test('without a restore both must be there', () => {
    expect(sentinels.examine(healthy({ restores: false })).verdict).toBe('pass');
    const gone = withFacts(healthy(), { restores: false });
    expect(sentinels.examine(gone).findings).toMatchObject([{ code: 'sentinel-lost' }]);
  });
});

describe('custom-resources', () => {
  test('a cluster that has no definition is skipped when etcd says so', () => {
    const none = alter(
      inEtcd(healthy(), (objects) =>
        objects.filter(({ resource }) => resource !== 'customresourcedefinitions'),
      ),
      'custom-resource',
      () => null,
    );
    expect(customResources.examine({ ...none, baseline: [] }).verdict).toBe('skipped');
  });

  test('definitions that nobody looked at are unknown', () => {
    const view = alter(healthy({ phase: 'baseline' }), 'custom-resource', () => null);
    expect(customResources.examine(view).verdict).toBe('unknown');
  });
});

describe('the words for many objects', () => {
  test('a few are named', () => {
    expect(tally([plainKey('a/1'), ref('apps', 'deployments', 'shop', 'web')])).toBe(
      'key a/1 and apps/deployments shop/web',
    );
  });

  test('many are counted by resource and namespace, the rest together', () => {
    const spread = ['a', 'b', 'c', 'd', 'e'].map((name) => ref('', 'secrets', name, 's'));
    expect(tally([...NUMBERED, ...spread])).toBe(
      'configmaps in shop (30), secrets in a (1), secrets in b (1), secrets in c (1) and others (2)',
    );
  });
});
