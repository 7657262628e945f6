import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseObjectKey } from '../../../harness/objects/object-key.ts';
import { INTERNAL_GROUP } from '../../../harness/objects/resources.ts';
import { judgeSnapshot } from '../../../harness/snapshot/judge.ts';
import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { fc } from '../../seeded.ts';
import { bodyOf } from './faults.ts';
import { lookAt, outcomeOf } from './outcome.ts';

const body = bodyOf(
  readFileSync(join(packageRoot, 'test/fixtures/snapshots/p10-apiserver-3.7.db')),
);
const asOfMs = Date.parse('2026-11-20T16:30:00Z');

async function codesOf(file: Uint8Array): Promise<string[]> {
  await using reading = await openSnapshotBytes(file);
  const { findings } = await judgeSnapshot(reading, { asOfMs });
  return findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
}

/** Where the text of each object's key lies in the file, in every revision of it. */
async function keyPlaces(): Promise<{ key: string; at: number }[]> {
  const keys: string[] = [];
  await using reading = await openSnapshotBytes(body);
  reading.eachLive(({ key }) => keys.push(Buffer.from(key).toString()));
  const objects = keys.filter((key) => {
    const group = parseObjectKey(key)?.group;
    return group !== undefined && group !== INTERNAL_GROUP;
  });
  return objects.flatMap((key) => {
    // Field 1 of a row: its tag, the length, the text.
    const stored = Buffer.concat([Buffer.of(0x0a, key.length), Buffer.from(key)]);
    const places: { key: string; at: number }[] = [];
    for (let at = body.indexOf(stored); at >= 0; at = body.indexOf(stored, at + 1))
      places.push({ key, at: at + 2 });
    return places;
  });
}

test('a flipped bit in the text of the key of an object is found without a trailer', async () => {
  const whole = await codesOf(body);
  const look = await lookAt(body);
  const places = await keyPlaces();
  expect(places.length).toBeGreaterThan(150);
  const flips = fc.tuple(fc.constantFrom(...places), fc.nat(), fc.nat(7));
  await fc.assert(
    fc.asyncProperty(flips, async ([{ key, at }, letter, bit]) => {
      const copy = Buffer.from(body);
      const byte = at + (letter % key.length);
      copy.writeUInt8(copy.readUInt8(byte) ^ (1 << bit), byte);
      // Pages that are free hold what was written there once.
      fc.pre(outcomeOf(look, await lookAt(copy)) !== 'harmless');
      const found = (await codesOf(copy)).filter((code) => !whole.includes(code));
      expect(found, `${key}, letter ${letter % key.length}, bit ${bit}`).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 60_000);
