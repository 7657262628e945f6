import { describe, expect, test } from 'vitest';
import { openSnapshotBytes } from '../../../harness/snapshot/open-snapshot.ts';
import { codesOf } from './findings-of.ts';
import {
  databaseFile,
  HEALTHY_ROWS,
  patched,
  type RowSpec,
  revisionBytes,
  type StoreSpec,
  saveFile,
  signed,
} from './store-writer.ts';

const healthy: StoreSpec = { rows: [...HEALTHY_ROWS] };
const compactedAt = (main: number) => ({
  meta: { scheduledCompactRev: revisionBytes(main), finishedCompactRev: revisionBytes(main) },
});

function withRow(index: number, change: Partial<RowSpec>): StoreSpec {
  return { rows: HEALTHY_ROWS.map((row, at) => (at === index ? { ...row, ...change } : row)) };
}

function without(...indexes: number[]): RowSpec[] {
  return HEALTHY_ROWS.filter((_, at) => !indexes.includes(at));
}

/** Pages of the written file: 2 root, 3 branch of bucket key, 4 to 6 its leaves. */
function damagedPage(page: number, change: (page: Buffer) => void): Buffer {
  return signed(patched(databaseFile(healthy), page, change));
}

describe('a healthy store', () => {
  test('has no findings', async () => {
    expect(await codesOf(saveFile(healthy))).toEqual([]);
  });

  test('may fill a page to its last byte', async () => {
    const rows = [{ main: 2, key: '/a', value: 'x'.repeat(4096 - 16 - 16 - 17 - 13) }];
    const file = saveFile({ rows });
    expect(file.indexOf('x'.repeat(4000)) % 4096).toBeLessThan(96);
    expect(file.lastIndexOf('x')).toBe(5 * 4096 - 1);
    expect(await codesOf(file)).toEqual([]);
  });

  test('with a stored freelist has no findings', async () => {
    const file = saveFile({ ...healthy, freelist: [8, 9], sparePages: 2 });
    expect(await codesOf(file)).toEqual([]);
  });

  test('that was compacted may have gaps below the compacted revision', async () => {
    const file = saveFile({ rows: without(0, 3, 4, 5), buckets: compactedAt(6) });
    expect(await codesOf(file)).toEqual(['compacted']);
  });

  test('that was restored with a bump has its marker row', async () => {
    const rows: RowSpec[] = [
      ...HEALTHY_ROWS,
      { main: 1007, key: '', raw: Buffer.alloc(0) },
      { main: 1008, key: '/a', value: 'three', create: 2, version: 3 },
    ];
    const meta = { scheduledCompactRev: revisionBytes(1007) };
    const file = saveFile({ rows, buckets: { meta } });
    expect(await codesOf(file)).toEqual(['bumped-revision', 'compacted']);
    await using reading = await openSnapshotBytes(file);
    expect(reading.figures).toMatchObject({ revision: 1008, liveKeys: 4, totalLiveRows: 5 });
  });

  test('serves exactly its live keys, and the history of one', async () => {
    await using reading = await openSnapshotBytes(saveFile(healthy));
    const live: string[] = [];
    reading.eachLive(({ key, value, modRevision, createRevision, version }) => {
      live.push(
        `${Buffer.from(key)}=${Buffer.from(value)} ${createRevision}/${modRevision} ${version}`,
      );
    });
    expect(live.toSorted()).toEqual([
      '/a=two 2/4 2',
      '/b=one 3/3 1',
      '/d=one 5/5 1',
      '/e=one 7/7 1',
    ]);
    expect(reading.history(Buffer.from('/c'))).toMatchObject([
      { mainRevision: 5, tombstone: false, value: new Uint8Array(Buffer.from('one')) },
      { mainRevision: 6, tombstone: true },
    ]);
  });
});

describe('two revisions of a key below the compacted revision', () => {
  const rows = [...HEALTHY_ROWS];

  test('are there while the compaction is under way', async () => {
    const meta = { scheduledCompactRev: revisionBytes(6), finishedCompactRev: revisionBytes(2) };
    expect(await codesOf(saveFile({ rows, buckets: { meta } }))).toEqual(['compacted']);
  });

  test('are found when it was finished', async () => {
    const file = saveFile({ rows, buckets: compactedAt(6) });
    expect(await codesOf(file)).toEqual(['compacted', 'version-mismatch']);
  });
});

describe('the last row', () => {
  test('may be the one at the compacted revision', async () => {
    const rows = HEALTHY_ROWS.slice(-1);
    expect(await codesOf(saveFile({ rows, buckets: compactedAt(7) }))).toEqual(['compacted']);
  });

  test('is told about when it is older than that', async () => {
    const rows = HEALTHY_ROWS.slice(-1);
    expect(await codesOf(saveFile({ rows, buckets: compactedAt(8) }))).toEqual([
      'compacted',
      'ends-before-compaction',
    ]);
  });
});

describe('rows', () => {
  const planted: [string, StoreSpec][] = [
    ['revision-gap', { rows: without(1) }],
    ['revision-gap', withRow(4, { sub: 2 })],
    ['revision-mismatch', withRow(1, { mod: 2, create: 2 })],
    ['revision-mismatch', withRow(2, { create: 5 })],
    ['version-mismatch', withRow(2, { version: 3 })],
    ['version-mismatch', withRow(6, { version: 2 })],
    ['version-mismatch', withRow(3, { key: '/a' })],
    ['revision-out-of-range', withRow(6, { main: 2 ** 60 })],
    ['tombstone-without-key', withRow(5, { key: '/x' })],
    ['tombstone-without-mark', withRow(5, { marked: false })],
    ['mark-without-tombstone', withRow(6, { marked: true, key: '/a' })],
    ['row-undecodable', withRow(1, { raw: Buffer.from('0a0562', 'hex') })],
    ['row-undecodable', withRow(1, { raw: Buffer.alloc(0) })],
    ['key-order', withRow(4, { sub: 0 })],
  ];
  test.each(planted)('%s is found (%#)', async (code, spec) => {
    expect(await codesOf(saveFile(spec))).toContain(code);
  });
});

describe('pages', () => {
  const planted: [string, Buffer][] = [
    ['page-corrupt', damagedPage(4, (page) => page.fill(0))],
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt16LE(0x42, 8))],
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt16LE(2, 10))],
    ['page-corrupt', damagedPage(4, (page) => page.writeBigUInt64LE(5n, 0))],
    ['page-corrupt', damagedPage(6, (page) => page.writeUInt32LE(1, 12))],
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt32LE(0xffffffff, 12))],
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt32LE(2, 16))],
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt16LE(0, 10))],
    ['page-corrupt', damagedPage(3, (page) => page.writeUInt16LE(0, 10))],
    ['page-corrupt', damagedPage(3, (page) => page.writeBigUInt64LE(99n, 24))],
    // The last row ends before its value: what is left of it decodes.
    ['page-corrupt', damagedPage(4, (page) => page.writeUInt32LE(page.readUInt32LE(60) - 5, 60))],
    ['page-element-outside', damagedPage(4, (page) => page.writeUInt32LE(60_000, 20))],
    ['page-element-outside', damagedPage(4, (page) => page.writeUInt32LE(0xffffffff, 28))],
    ['page-element-outside', damagedPage(4, (page) => page.writeUInt16LE(0xffff, 10))],
    ['page-element-outside', damagedPage(3, (page) => page.writeUInt32LE(0xffffffff, 20))],
    ['page-referenced-twice', damagedPage(3, (page) => page.writeBigUInt64LE(3n, 24))],
    ['branch-key-mismatch', damagedPage(3, (page) => page.writeUInt8(1, 16 + 3 * 16 + 7))],
    ['meta-damaged', damagedPage(1, (page) => page.writeUInt8(7, 40))],
    ['meta-damaged', damagedPage(0, (page) => page.writeUInt8(7, 40))],
    ['meta-damaged', damagedPage(0, (page) => page.writeUInt16LE(2, 8))],
  ];
  test.each(planted)('%s is found (%#)', async (code, file) => {
    expect(await codesOf(file)).toEqual([code]);
  });

  test('a page that two children of a branch refer to is found', async () => {
    const file = damagedPage(3, (page) => page.writeBigUInt64LE(5n, 24));
    expect(await codesOf(file)).toEqual(['branch-key-mismatch', 'page-referenced-twice']);
  });

  test('a page that claims its neighbour is found', async () => {
    const file = damagedPage(4, (page) => page.writeUInt32LE(1, 12));
    expect(await codesOf(file)).toEqual(['page-corrupt', 'page-referenced-twice']);
  });

  test('children out of order are found', async () => {
    const file = damagedPage(3, (page) => page.writeUInt8(9, 16 + 3 * 16 + 17 + 7));
    expect(await codesOf(file)).toEqual(['branch-key-mismatch', 'key-order']);
  });

  test('rows out of order are found', async () => {
    const file = damagedPage(2, (page) => {
      const at = page.indexOf('meta');
      page.write('jeta', at);
    });
    expect(await codesOf(file)).toContain('key-order');
  });
});

describe('the list of free pages', () => {
  const listed = (freelist: number[]) => saveFile({ ...healthy, freelist, sparePages: 2 });

  test('that leaves a page out is found', async () => {
    expect(await codesOf(listed([8]))).toEqual(['page-unreferenced']);
  });

  test('that names a page in use is found', async () => {
    expect(await codesOf(listed([4, 8, 9]))).toEqual(['page-in-use-is-free']);
  });

  test('that names a page twice, or one that does not exist, is found', async () => {
    expect(await codesOf(listed([8, 9, 9]))).toEqual(['freelist-damaged']);
    expect(await codesOf(listed([8, 9, 99]))).toEqual(['freelist-damaged']);
  });

  test('that claims more pages than it holds is found', async () => {
    const body = databaseFile({ ...healthy, freelist: [8, 9], sparePages: 2 });
    const file = signed(patched(body, 7, (page) => page.writeUInt16LE(0xffff, 10)));
    expect(await codesOf(file)).toEqual(['freelist-damaged']);
  });
});

describe('buckets', () => {
  test('a bolt database of another program is no etcd store', async () => {
    const body = patched(databaseFile({ rows: [] }), 2, (page) => {
      page.write('kez', page.indexOf('key'));
    });
    expect(await codesOf(signed(body))).toEqual([
      'bucket-missing',
      'bucket-unknown',
      'empty-store',
    ]);
  });

  test.each([
    ['lease', { '\0\0\0\0\0\0\0\x07': Buffer.from('0809', 'hex') }],
    ['members', { '8e9e05c52164694d': '{' }],
    ['members', { nonsense: '{"id":1}' }],
    ['members_removed', { nonsense: 'removed' }],
    ['alarm', { nonsense: '' }],
    ['cluster', { clusterVersion: 'three' }],
    ['auth', { authEnabled: 'yes' }],
    ['meta', { consistent_index: 'short' }],
    ['meta', { finishedCompactRev: 'short' }],
  ])('a row of bucket %s that etcd does not write is found', async (name, content) => {
    const file = saveFile({ ...healthy, buckets: { [name]: content } });
    expect(await codesOf(file)).toEqual(['row-undecodable']);
  });
});
