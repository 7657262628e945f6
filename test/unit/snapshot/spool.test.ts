import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { spoolFile, spoolStream } from '../../../harness/snapshot/spool.ts';
import { HEALTHY_ROWS, saveFile } from './store-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubedrill-test-'));
afterAll(() => rm(folder, { recursive: true }));

const options = { limitBytes: 1_000_000, folder };
const snapshot = saveFile({ rows: [...HEALTHY_ROWS] });
const packed = { gzip: gzipSync(snapshot), zstd: zstdCompressSync(snapshot) };

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const copies = async () => (await readdir(folder)).filter((name) => name.includes('spool'));

describe('a compressed file', () => {
  test.each(['gzip', 'zstd'] as const)('of %s is unpacked, whatever its name', async (kind) => {
    const path = written(`backup-${kind}`, packed[kind]);
    await using spooled = await spoolFile(path, options);
    expect(spooled?.compression).toBe(kind);
    expect(readFileSync(spooled?.path ?? '')).toEqual(snapshot);
  });

  test('leaves nothing behind', async () => {
    const spooled = await spoolFile(written('backup.gz', packed.gzip), options);
    await spooled?.remove();
    expect(existsSync(spooled?.path ?? folder)).toBe(false);
    expect(await copies()).toEqual([]);
  });

  test('that grows beyond the limit is refused', async () => {
    const bomb = written('bomb.gz', gzipSync(Buffer.alloc(2_000_000)));
    await expect(spoolFile(bomb, options)).rejects.toThrow('more than 1000000 bytes');
    expect(await copies()).toEqual([]);
  });

  test('that is cut is refused', async () => {
    const cut = written('cut.gz', packed.gzip.subarray(0, 300));
    await expect(spoolFile(cut, options)).rejects.toThrow('unexpected end of file');
    expect(await copies()).toEqual([]);
  });
});

test('a file that is not compressed needs no copy', async () => {
  expect(await spoolFile(written('plain.db', snapshot), options)).toBeNull();
  expect(await spoolFile(folder, options)).toBeNull();
});

test.each([
  ['plain', snapshot, null],
  ['gzip', packed.gzip, 'gzip'],
  ['zstd', packed.zstd, 'zstd'],
])('a stream of %s bytes is copied', async (_name, bytes, compression) => {
  // Byte by byte, so that the sign of a compression is spread over chunks.
  const stream = Readable.from([...bytes.subarray(0, 8)].map((byte) => Buffer.of(byte)));
  const rest = Readable.from([bytes.subarray(8)]);
  async function* both() {
    yield* stream;
    yield* rest;
  }
  await using spooled = await spoolStream(Readable.from(both()), 'standard input', options);
  expect(spooled.compression).toBe(compression);
  expect(readFileSync(spooled.path)).toEqual(snapshot);
});
