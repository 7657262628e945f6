import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { fc, seed } from '../../seeded.ts';
import { codesOf } from '../../unit/snapshot/findings-of.ts';
import { HEALTHY_ROWS, saveFile } from '../../unit/snapshot/store-writer.ts';
import { bodyOf } from './faults.ts';
import { describeTallies, fuzz } from './fuzz.ts';
import { lookAt, outcomeOf } from './outcome.ts';

const SECONDS = Number(process.env.KUBEDRILL_FUZZ_SECONDS ?? 4);
const real = readFileSync(
  join(packageRoot, 'test', 'fixtures', 'snapshots', 'p13-plain-compacted-3.6.db'),
);
const small = saveFile({ rows: [...HEALTHY_ROWS] });

function flipped(file: Buffer, bit: number): Buffer {
  const copy = Buffer.from(file);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

async function readAll(file: Uint8Array): Promise<void> {
  await using reading = await openSnapshotBytes(file);
  await reading.findings();
  reading.eachLive(() => undefined);
  reading.history(Buffer.from('/a'));
}

describe('any bytes', () => {
  test('are read to the end without a throw', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 20_000 }), readAll));
  });

  test('in place of any part of a real file are read to the end without a throw', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    const places = fc.array(fc.tuple(fc.nat(real.length - 65), bytes), {
      minLength: 1,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(places, async (writes) => {
        const copy = Buffer.from(real);
        for (const [at, content] of writes) copy.set(content, at);
        await readAll(copy);
      }),
    );
  });
});

describe('one flipped bit', () => {
  test('anywhere in a saved file is found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(real.length * 8 - 1), async (bit) => {
        expect(await codesOf(flipped(real, bit))).toContain('sha256-mismatch');
      }),
    );
  });

  test('without a trailer changes nothing but texts, or is found', async () => {
    const body = bodyOf(real);
    const whole = await lookAt(body);
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length * 8 - 1), async (bit) => {
        expect(outcomeOf(whole, await lookAt(flipped(body, bit)))).not.toBe('missed');
      }),
      { numRuns: 300 },
    );
  });

  test('in the used part of any page of a small store changes nothing but texts, or is found', {
    timeout: 60_000,
  }, async () => {
    const body = bodyOf(small);
    const whole = await lookAt(body);
    for (let page = 0; page < body.length / 4096; page += 1) {
      const first = page * 4096 * 8;
      // Every seventh bit: each position within a byte gets its turn.
      for (let bit = first; bit < first + 250 * 8; bit += 7) {
        const outcome = outcomeOf(whole, await lookAt(flipped(body, bit)));
        expect(outcome, `bit ${bit % 8} of byte ${bit >> 3}`).not.toBe('missed');
      }
    }
  });
});

test('damage of every class is found or changes nothing but texts', {
  timeout: SECONDS * 1000 + 30_000,
}, async () => {
  const tallies = await fuzz({ seed, durationMs: SECONDS * 1000 });
  process.stdout.write(`seed ${seed}\n${describeTallies(tallies)}\n`);
  for (const { fault, trailer, tried, outcomes } of tallies) {
    expect(outcomes.missed, `${fault}, trailer ${trailer}, seed ${seed}`).toBe(0);
    expect(tried).toBeGreaterThan(0);
    if (trailer === 'kept') expect(outcomes.text, `${fault}, seed ${seed}`).toBe(0);
  }
});
