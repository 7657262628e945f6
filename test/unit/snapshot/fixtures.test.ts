import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { verdictOf } from '../../../harness/snapshot/codes.ts';
import { IDENTITY_CODES, INTEGRITY_CODES } from '../../../harness/snapshot/integrity-codes.ts';
import { openSnapshot } from '../../../harness/snapshot/open-snapshot.ts';
import type { SnapshotReading } from '../../../harness/snapshot/reading.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const folder = join(packageRoot, 'test', 'fixtures', 'snapshots');

const reasonSchema = z.object({ code: z.string(), level: z.enum(['error', 'warning', 'info']) });
const entrySchema = z.object({
  file: z.string(),
  kind: z.enum(['intact', 'damaged']),
  verdict: z.enum(['trusted', 'suspect', 'reject']),
  reasons: z.array(reasonSchema),
  bytes: z.number(),
  sha256Trailer: z.object({ present: z.boolean(), valid: z.boolean().nullable() }),
  hashOfMatchingTool: z.number().nullish(),
});
const statusSchema = z.object({
  hash: z.number(),
  revision: z.number(),
  totalKey: z.number(),
  totalSize: z.number(),
});
const intactSchema = entrySchema.extend({
  ...statusSchema.shape,
  status: z.record(z.string(), statusSchema),
  rows: z.number(),
  tombstones: z.number(),
  subRevisionRows: z.number(),
  liveKeys: z.number(),
  bucketRows: z.record(z.string(), z.number()),
  members: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      peerURLs: z.array(z.string()),
      clientURLs: z.array(z.string()),
      isLearner: z.boolean(),
    }),
  ),
  clusterVersion: z.string().nullable(),
  storageVersion: z.string().nullable(),
  leases: z.array(z.object({ id: z.string(), keys: z.array(z.string()) })).default([]),
});

const text = readFileSync(join(folder, 'expected.json'), 'utf8');
const { files } = z.object({ files: z.array(z.unknown()) }).parse(JSON.parse(text));
const all = files.map((file) => entrySchema.parse(file));
const intact = files
  .filter((file) => entrySchema.parse(file).kind === 'intact')
  .map((file) => intactSchema.parse(file));
const own: ReadonlySet<string> = new Set(Object.keys({ ...INTEGRITY_CODES, ...IDENTITY_CODES }));

test('the fixtures are there', () => {
  expect(all.length).toBe(28);
  expect(intact.length).toBe(13);
});

test.each(all)('$file has the integrity findings that it should have', async (expected) => {
  await using reading = await openSnapshot(join(folder, expected.file));
  const findings = await reading.findings();
  const wanted = expected.reasons.filter(({ code, level }) => own.has(code) && level !== 'info');
  expect(
    findings
      .filter(({ severity }) => severity !== 'info')
      .map(codeAndLevel)
      .toSorted(),
  ).toEqual(wanted.map(({ code, level }) => `${code} ${level}`).toSorted());
  expect(await reading.trailer()).toEqual(expected.sha256Trailer);
  if (wanted.length === expected.reasons.length) expect(verdictOf(findings)).toBe(expected.verdict);
  if (expected.kind === 'damaged')
    expect([null, expected.hashOfMatchingTool]).toContain(reading.figures.hash);
});

test.each(intact)('$file has the figures that etcd prints', async (expected) => {
  await using reading = await openSnapshot(join(folder, expected.file));
  const { figures } = reading;
  expect(reading.complete).toBe(true);
  expect(figures).toMatchObject({
    hash: expected.hash,
    revision: expected.revision,
    totalKeys: expected.totalKey,
    totalRows: expected.status['etcdutl 3.5.35']?.totalKey,
    totalLiveRows: expected.status['etcdutl 3.7.3']?.totalKey,
    liveKeys: expected.liveKeys,
    revisionRows: expected.rows,
    tombstones: expected.tombstones,
    subRevisionRows: expected.subRevisionRows,
    sizeBytes: expected.totalSize,
    fileBytes: expected.bytes,
    bucketRows: expected.bucketRows,
  });
  expect(reading.identity).toMatchObject({
    clusterVersion: expected.clusterVersion,
    storageVersion: expected.storageVersion,
    members: expected.members.map(({ peerURLs, clientURLs, ...member }) => ({
      ...member,
      peerUrls: peerURLs,
      clientUrls: clientURLs,
    })),
  });
});

/** Up to 3.5 `snapshot status` counts rows, from 3.6 on live keys. */
const COUNT_OF = {
  'etcdctl 3.4.23': 'totalRows',
  'etcdutl 3.5.35': 'totalRows',
  'etcdutl 3.6.16': 'totalLiveRows',
  'etcdutl 3.7.3': 'totalLiveRows',
} as const;

test.each(intact)('$file: etcdctl 3.4 and etcdutl 3.5, 3.6 and 3.7 agree', async (expected) => {
  await using reading = await openSnapshot(join(folder, expected.file));
  const { hash, revision, sizeBytes: totalSize } = reading.figures;
  for (const [tool, counted] of Object.entries(COUNT_OF)) {
    const totalKey = reading.figures[counted];
    expect(expected.status[tool], tool).toEqual({ hash, revision, totalKey, totalSize });
  }
});

test.each(intact)('$file: each live key is visited once, with its lease', async (expected) => {
  await using reading = await openSnapshot(join(folder, expected.file));
  const leaseOf = leasesByKey(reading);
  expect(leaseOf.size).toBe(expected.liveKeys);
  for (const { id, keys } of expected.leases)
    expect(keysOf(leaseOf, BigInt(`0x${id}`))).toEqual(keys.toSorted());
});

function leasesByKey(reading: SnapshotReading): Map<string, bigint> {
  const leaseOf = new Map<string, bigint>();
  reading.eachLive(({ key, lease }) => leaseOf.set(Buffer.from(key).toString(), lease));
  return leaseOf;
}

function keysOf(leaseOf: ReadonlyMap<string, bigint>, lease: bigint): string[] {
  return [...leaseOf]
    .filter(([, of]) => of === lease)
    .map(([key]) => key)
    .toSorted();
}

function codeAndLevel({ code, severity }: { code: string; severity: string }): string {
  return `${code} ${severity}`;
}
