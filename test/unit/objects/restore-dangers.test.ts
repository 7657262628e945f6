import { describe, expect, test } from 'vitest';
import type { DiffEntry, InventoryDiff } from '../../../harness/objects/diff.ts';
import { restoreDangers } from '../../../harness/objects/restore-dangers.ts';

const NOTHING: InventoryDiff = {
  lost: [],
  resurrected: [],
  reverted: [],
  recreated: [],
  changed: [],
  added: [],
  rewritten: [],
};

function entry(group: string, resource: string, name: string): DiffEntry {
  const object = { group, resource, namespace: null, name };
  return { key: name, object, before: null, after: null, volatile: false, uidChanged: false };
}

const RBAC = 'rbac.authorization.k8s.io';

describe('what people must decide on before a restore', () => {
  test('is nothing where only ordinary objects come and go', () => {
    const lost = [entry('', 'configmaps', 'late')];
    const resurrected = [entry('', 'configmaps', 'early'), entry('', 'services', 'web')];
    expect(restoreDangers({ ...NOTHING, lost, resurrected })).toEqual([]);
  });

  test.each([
    ['rights-given-again', 'resurrected', entry(RBAC, 'clusterrolebindings', 'contractor')],
    ['rights-changed-back', 'reverted', entry(RBAC, 'roles', 'reader')],
    ['accounts-return', 'resurrected', entry('', 'serviceaccounts', 'contractor')],
    ['namespaces-return', 'resurrected', entry('', 'namespaces', 'old-shop')],
    ['work-repeated', 'reverted', entry('batch', 'jobs', 'migrate')],
    ['work-repeated', 'resurrected', entry('batch', 'cronjobs', 'invoice')],
    ['addresses-freed', 'lost', entry('', 'services', 'checkout')],
    ['volumes-forgotten', 'lost', entry('', 'persistentvolumes', 'orders')],
  ] as const)('is %s when %s', (code, list, changed) => {
    const { object } = changed;
    expect(restoreDangers({ ...NOTHING, [list]: [changed] })).toMatchObject([
      { code, objects: [object] },
    ]);
  });

  test('does not name keys that are no objects', () => {
    const plain = { ...entry('', 'services', 'x'), object: null };
    expect(restoreDangers({ ...NOTHING, lost: [plain] })).toEqual([]);
  });
});
