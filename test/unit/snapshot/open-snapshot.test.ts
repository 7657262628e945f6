import { appendFileSync, mkdtempSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { openSnapshot, openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { DrillError } from '../../../harness/support/errors.ts';
import { codesOf } from './findings-of.ts';
import { databaseFile, HEALTHY_ROWS, saveFile } from './store-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubedrill-test-'));
afterAll(() => rm(folder, { recursive: true }));

const healthy = { rows: [...HEALTHY_ROWS] };
function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('a file that cannot be read by position', () => {
  test('is refused when it is a directory', async () => {
    await mkdir(join(folder, 'directory'));
    await expect(openSnapshot(join(folder, 'directory'))).rejects.toThrow('it is a directory');
  });

  test('is refused when it is a named pipe, at once', async () => {
    const pipe = join(folder, 'pipe');
    await runOrThrow('make a pipe', 'mkfifo', [pipe], { timeoutMs: 5000 });
    await expect(openSnapshot(pipe)).rejects.toThrow('a named pipe');
  });

  test('is refused when it is a device, or is not there', async () => {
    await expect(openSnapshot('/dev/null')).rejects.toThrow('not a regular file');
    await expect(openSnapshot(join(folder, 'nothing'))).rejects.toBeInstanceOf(DrillError);
  });
});

describe('a file that changes while it is read', () => {
  test('is refused when it grew', async () => {
    const path = written('grows.db', saveFile(healthy));
    await using reading = await openSnapshot(path);
    appendFileSync(path, Buffer.alloc(4096));
    await expect(reading.findings()).rejects.toThrow('its size went from');
  });

  test('is refused when it was written to', async () => {
    const path = written('changes.db', saveFile(healthy));
    await using reading = await openSnapshot(path);
    utimesSync(path, 1, 1);
    await expect(reading.findings()).rejects.toThrow('it was written to');
  });

  test('is refused when it shrank before its rows were visited', async () => {
    const path = written('shrinks.db', saveFile(healthy));
    await using reading = await openSnapshot(path);
    truncateSync(path, 5000);
    expect(() => reading.eachLive(() => undefined)).toThrow('it became shorter');
  });
});

describe('the trailer', () => {
  test('is checked in a thread just as without one', async () => {
    const path = written('threaded.db', saveFile(healthy));
    await using threaded = await openSnapshot(path, { workerFromBytes: 0 });
    expect(await threaded.trailer()).toEqual({ present: true, valid: true });
    const flipped = saveFile(healthy);
    flipped.writeUInt8(1, 9000);
    await using wrong = await openSnapshot(written('flipped.db', flipped), { workerFromBytes: 0 });
    expect(await wrong.trailer()).toEqual({ present: true, valid: false });
  });

  test('is not waited for by whoever closes the file early', async () => {
    const path = written('early.db', saveFile(healthy));
    const reading = await openSnapshot(path, { workerFromBytes: 0 });
    await reading.close();
    await expect(reading.trailer()).rejects.toThrow('its thread ended');
  });

  test('that is missing makes the file suspect, and a copied data file says so', async () => {
    const body = databaseFile(healthy);
    expect(await codesOf(body)).toEqual(['sha256-missing']);
    const live = Buffer.from(body);
    // A daemon commits into the two meta pages by turns: the second is the newer one here.
    body.copy(live, 16, 4096 + 16, 4096 + 80);
    body.copy(live, 4096 + 16, 16, 80);
    expect(await codesOf(live)).toEqual(['not-a-save', 'sha256-missing']);
  });
});

describe('the size', () => {
  test('below the high-water mark is truncated, whatever is missing', async () => {
    const body = databaseFile(healthy);
    for (const size of [4096, 8192, 12_288, 20_480, 24_576])
      expect(await codesOf(body.subarray(0, size)), `${size}`).toEqual([
        'sha256-missing',
        'truncated',
      ]);
  });

  test('that is no whole number of pages is odd', async () => {
    const longer = Buffer.concat([databaseFile(healthy), Buffer.alloc(100)]);
    expect(await codesOf(longer)).toEqual(['odd-length', 'sha256-missing']);
  });
});

describe('what is no database', () => {
  test.each([
    ['the file is empty', ''],
    ['looks like text', 'hello, this is a log\n'],
    ['looks like JSON', '{"kind": "List"}'],
    ['looks like a web page', '<!DOCTYPE html><html>'],
    ['looks like gzip', Buffer.from('1f8b0800', 'hex')],
    ['looks like zeros', Buffer.alloc(100_000)],
    ['is valid', Buffer.from('80ff', 'hex')],
  ])('%s', async (words, content) => {
    await using reading = await openSnapshotBytes(Buffer.from(content));
    const findings = await reading.findings();
    expect(findings).toMatchObject([
      { code: 'not-a-database', message: expect.stringContaining(words) },
    ]);
    expect(reading.figures).toMatchObject({ hash: null, revision: 0, liveKeys: 0 });
    expect(reading.history(Buffer.from('/a'))).toEqual([]);
  });
});

test('the file is not written to', async () => {
  const bytes = saveFile(healthy);
  const path = written('untouched.db', bytes);
  await using reading = await openSnapshot(path);
  await reading.findings();
  reading.eachLive(() => undefined);
  expect(await readFile(path)).toEqual(bytes);
});
