import { describe, expect, test } from 'vitest';
import { diffInventories, type InventoryDiff } from '../../../harness/objects/diff.ts';
import {
  countByResource,
  type Inventory,
  inventoryOf,
  type StoredRow,
} from '../../../harness/objects/inventory.ts';

function row(key: string, value: string, parts: Partial<StoredRow> = {}): StoredRow {
  return {
    key: Buffer.from(key),
    value: Buffer.from(value),
    createRevision: 2,
    modRevision: 2,
    version: 1,
    lease: 0n,
    ...parts,
  };
}

function inventory(revision: number, ...rows: StoredRow[]): Inventory {
  return inventoryOf(rows, { prefix: '/registry', revision });
}

const widget = (name: string, uid: string) =>
  `{"apiVersion":"x.io/v1","kind":"Widget","metadata":{"name":"${name}","uid":"${uid}"}}`;

describe('an inventory', () => {
  test('counts objects by resource, encoding and namespace, and plain keys apart', () => {
    const taken = inventory(
      9,
      row('/registry/x.io/widgets/a/one', widget('one', 'u1')),
      row('/registry/x.io/widgets/b/two', widget('two', 'u2'), { lease: 7n }),
      row('compact_rev_key', '5'),
    );
    expect(taken.entries[0]).toMatchObject({ name: 'one', uid: 'u1', encoding: 'json' });
    expect(taken.otherKeys).toBe(1);
    expect(countByResource(taken)).toEqual([
      {
        group: 'x.io',
        resource: 'widgets',
        count: 2,
        encoding: { json: 2 },
        namespaces: { a: 1, b: 1 },
        leased: 1,
      },
    ]);
  });

  test('takes the group of a resource that is newer than the table from its value', () => {
    const value = '{"apiVersion":"future.k8s.io/v1","kind":"Gadget"}';
    expect(inventory(2, row('/registry/gadgets/g', value)).entries[0]?.group).toBe('future.k8s.io');
  });
});

function changes(diff: InventoryDiff): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(diff)
      .map(([kind, entries]) => [kind, entries.map((entry: { key: string }) => entry.key)] as const)
      .filter(([, keys]) => keys.length > 0),
  );
}

describe('the difference of a live store and the store restored from an older snapshot', () => {
  test('names every object once, by what became of it', () => {
    const live = inventory(
      100,
      row('same', 'v'),
      row('went-back', 'new', { modRevision: 90 }),
      row('lost', 'v', { createRevision: 80, modRevision: 80 }),
      row('made-again', 'v', { createRevision: 70, modRevision: 70 }),
      row('edited', 'v'),
      row('touched', 'v'),
    );
    const restored = inventory(
      140,
      row('same', 'v'),
      row('went-back', 'old', { modRevision: 40 }),
      row('came-back', 'v', { createRevision: 30, modRevision: 30 }),
      row('made-again', 'v', { createRevision: 20, modRevision: 20 }),
      row('edited', 'other', { modRevision: 120 }),
      row('touched', 'v', { modRevision: 121 }),
      row('new', 'v', { createRevision: 130, modRevision: 130 }),
    );
    expect(changes(diffInventories(live, restored))).toEqual({
      lost: ['lost'],
      resurrected: ['came-back'],
      reverted: ['went-back'],
      recreated: ['made-again'],
      changed: ['edited'],
      added: ['new'],
      rewritten: ['touched'],
    });
  });

  test('tells what was made after a restore without bump from what came back by it', () => {
    const live = inventory(100, row('same', 'v'));
    const restored = inventory(
      60,
      row('came-back', 'v', { createRevision: 30, modRevision: 30 }),
      row('canary', 'v', { createRevision: 55, modRevision: 55 }),
      row('same', 'v'),
    );
    const diff = diffInventories(live, restored, { restoredFromRevision: 50 });
    expect(changes(diff)).toEqual({ resurrected: ['came-back'], added: ['canary'] });
  });

  test('is empty between an inventory and itself', () => {
    const live = inventory(5, row('/registry/x.io/widgets/a/one', widget('one', 'u1')));
    expect(changes(diffInventories(live, live))).toEqual({});
  });

  test('says when a name belongs to another object', () => {
    const key = '/registry/x.io/widgets/a/one';
    const before = inventory(5, row(key, widget('one', 'u1')));
    const after = inventory(
      9,
      row(key, widget('one', 'u2'), { createRevision: 8, modRevision: 8 }),
    );
    expect(diffInventories(before, after).recreated[0]).toMatchObject({
      uidChanged: true,
      volatile: false,
      object: { group: 'x.io', resource: 'widgets', namespace: 'a', name: 'one' },
    });
  });
});
