import { describe, expect, test } from 'vitest';
import { foretoldBy, inWords, Teller, type Told } from '../../../harness/runner/foretell.ts';

interface Stored {
  key: string;
  object: object;
  created: number;
  changed?: number;
}

function store(revision: number, rows: readonly Stored[]): Told {
  const teller = new Teller('/registry');
  for (const { key, object, created, changed = created } of rows) {
    teller.add({
      key: Buffer.from(`/registry/${key}`),
      value: Buffer.from(JSON.stringify(object)),
      createRevision: created,
      modRevision: changed,
      version: 1,
      lease: 0n,
    });
  }
  return teller.told(revision);
}

function of(kind: string, name: string, parts: object = {}): object {
  const [apiVersion, word] = kind.includes(' ') ? kind.split(' ') : ['v1', kind];
  return {
    apiVersion,
    kind: word,
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    ...parts,
  };
}

const names = (objects: readonly { name: string }[]) => objects.map(({ name }) => name);

describe('what a restore will do', () => {
  const kept = { key: 'configmaps/shop/kept', object: of('ConfigMap', 'kept'), created: 2 };

  test('is nothing where live data and backup are the same', () => {
    const told = foretoldBy(store(9, [kept]), store(9, [kept]));
    expect(told).toMatchObject({ lost: [], returned: [], reverted: [], runsAgain: [], freed: [] });
  });

  test('is to lose what is new, bring back what was deleted, and undo what was changed', () => {
    const edited = { key: 'configmaps/shop/edited', created: 3 };
    const live = store(20, [
      kept,
      { ...edited, object: of('ConfigMap', 'edited', { data: { a: 'new' } }), changed: 12 },
      { key: 'configmaps/shop/late', object: of('ConfigMap', 'late'), created: 15 },
    ]);
    const backup = store(9, [
      kept,
      { ...edited, object: of('ConfigMap', 'edited') },
      { key: 'rolebindings/shop/contractor', object: of('RoleBinding', 'contractor'), created: 4 },
    ]);
    const told = foretoldBy(live, backup);
    expect(names(told.lost)).toEqual(['late']);
    expect(told.returned).toMatchObject([{ name: 'contractor', uid: 'uid-contractor' }]);
    expect(told.reverted).toMatchObject([{ name: 'edited', revision: 3 }]);
    expect(inWords(told)).toContain('lose 1 object, bring back 1 and undo changes of 1');
  });

  test('is to run Jobs again that had work left, and no others', () => {
    const job = (name: string, parts: object) => ({
      key: `jobs/shop/${name}`,
      object: of('batch/v1 Job', name, parts),
      created: 4,
    });
    const backup = store(9, [
      job('under-way', { status: { active: 1 } }),
      job('done', { status: { completionTime: '2026-11-20T12:00:00Z' } }),
      job('suspended', { spec: { suspend: true } }),
    ]);
    expect(names(foretoldBy(store(20, []), backup).runsAgain)).toEqual(['under-way']);
  });

  test('is to free the addresses of the Services that it loses', () => {
    const service = (name: string, clusterIPs: string[], created: number) => ({
      key: `services/specs/shop/${name}`,
      object: of('Service', name, { spec: { clusterIPs } }),
      created,
    });
    const live = store(20, [service('web', ['10.96.0.1'], 2), service('late', ['10.96.0.7'], 14)]);
    const told = foretoldBy(live, store(9, [service('web', ['10.96.0.1'], 2)]));
    expect(told.freed).toMatchObject([{ object: { name: 'late' }, address: '10.96.0.7' }]);
  });

  test('leaves out what changes all the time, and the canaries of the drill', () => {
    const live = store(20, [
      {
        key: 'leases/kube-system/kube-scheduler',
        object: of('Lease', 'kube-scheduler'),
        created: 15,
      },
      { key: 'events/shop/web.17a', object: of('Event', 'web.17a'), created: 15 },
      { key: 'configmaps/kubedrill-canary/fresh', object: of('ConfigMap', 'fresh'), created: 15 },
    ]);
    expect(foretoldBy(live, store(9, [])).lost).toEqual([]);
  });
});
