import { expect, test } from 'vitest';
import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { fc } from '../../seeded.ts';
import { type RowSpec, saveFile } from '../../unit/snapshot/store-writer.ts';

interface Entry {
  value: string;
  create: number;
  mod: number;
  version: number;
}

/** Puts ('a1') and deletes ('a') of a few keys, as etcd would store them. */
function replay(operations: readonly { key: string; value: string | null }[]) {
  const rows: RowSpec[] = [];
  const live = new Map<string, Entry>();
  let main = 1;
  for (const { key, value } of operations) {
    const before = live.get(key);
    if (value === null && before === undefined) continue;
    main += 1;
    if (value === null) {
      rows.push({ main, key, marked: true, deletes: true });
      live.delete(key);
      continue;
    }
    const create = before?.create ?? main;
    const version = (before?.version ?? 0) + 1;
    rows.push({ main, key, value, create, version });
    live.set(key, { value, create, mod: main, version });
  }
  return { rows, live };
}

const operation = fc.record({
  key: fc.constantFrom('/a', '/b', '/c/ä', '\0', '/registry/pods/default/x'),
  value: fc.option(fc.string({ maxLength: 40 })),
});

test('what lives after any history is what the history says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 120 }), async (operations) => {
      const { rows, live } = replay(operations);
      await using reading = await openSnapshotBytes(saveFile({ rows }));
      const seen = new Map<string, Entry>();
      reading.eachLive(({ key, value, createRevision, modRevision, version }) => {
        const text = Buffer.from(value).toString();
        seen.set(Buffer.from(key).toString(), {
          value: text,
          create: createRevision,
          mod: modRevision,
          version,
        });
      });
      expect(seen).toEqual(live);
      const codes = (await reading.findings()).map(({ code }) => code);
      expect(codes).toEqual(live.size === 0 ? ['empty-store'] : []);
      for (const key of ['/a', '/c/ä']) {
        const revisions = rows.filter((row) => row.key === key).map((row) => row.main);
        const history = reading.history(Buffer.from(key));
        expect(history.map(({ mainRevision }) => mainRevision)).toEqual(revisions);
      }
    }),
  );
});
