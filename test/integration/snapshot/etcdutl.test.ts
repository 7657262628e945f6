import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EtcdClient } from '../../../harness/etcd/client.ts';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { verdictOf } from '../../../harness/snapshot/codes.ts';
import { openSnapshot } from '../../../harness/snapshot/open-snapshot.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { loadMatrix } from '../../../harness/toolchain/matrix.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { withEtcd } from '../../bench/snapshot-maker.ts';

const FAMILIES = loadMatrix().tests.etcd ?? [];
/** From 3.6 on `snapshot status` counts live keys. */
const COUNTS_LIVE_FROM = 6;
const BUILD_TIMEOUT_MS = 20 * 60_000;

const statusSchema = z.object({
  hash: z.number(),
  revision: z.number(),
  totalKey: z.number(),
  totalSize: z.number(),
});

interface Tools {
  family: string;
  etcd: string;
  etcdctl: string;
  etcdutl: string;
}

let folder: string;
let all: Tools[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-etcdutl-'));
  all = await Promise.all(FAMILIES.map(toolsOf));
}, BUILD_TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function toolsOf(family: string): Promise<Tools> {
  const tools = await resolveProduct('etcd', family);
  const path = (name: string) => tools.find(({ tool }) => tool === name)?.path ?? name;
  return { family, etcd: path('etcd'), etcdctl: path('etcdctl'), etcdutl: path('etcdutl') };
}

async function tool(program: string, ...args: string[]): Promise<string> {
  return (await runOrThrow('run a tool of etcd', program, args, { timeoutMs: 30_000 })).stdout;
}

/** Compares the reader with `snapshot status` of every version. */
async function compareWithAll(file: string): Promise<void> {
  await using reading = await openSnapshot(file);
  const { hash, revision, sizeBytes, totalRows, totalLiveRows } = reading.figures;
  for (const { family, etcdutl } of all) {
    const said = await tool(etcdutl, 'snapshot', 'status', file, '-w', 'json');
    const countsLive = Number(family.split('.')[1]) >= COUNTS_LIVE_FROM;
    expect(statusSchema.parse(JSON.parse(said)), `${file}, etcdutl ${family}`).toEqual({
      hash,
      revision,
      totalSize: sizeBytes,
      totalKey: countsLive ? totalLiveRows : totalRows,
    });
  }
}

/** Writes, rewrites, deletes, many writes at one revision, leases; half of it compacted. */
async function livedIn(member: EtcdClient, etcdctl: string): Promise<void> {
  const ctl = (...args: string[]) => tool(etcdctl, `--endpoints=${member.endpoint}`, ...args);
  for (let index = 0; index < 400; index += 1)
    await member.put(`/registry/things/${index % 150}`, `value ${index}`.repeat(index % 90));
  const granted = /lease (\w+) granted/.exec(await ctl('lease', 'grant', '3600'))?.[1] ?? '';
  await ctl('put', '/leased', 'value', `--lease=${granted}`);
  await member.write(
    ['/a', '/b', '/c'].map((key) => ({
      put: { key: Buffer.from(key), value: Buffer.from('together') },
    })),
  );
  await member.delete('/registry/things/1', { prefix: true });
  await member.put('/registry/things/1', 'again');
  await ctl('compact', '300');
  await member.put('/after', 'compaction');
}

describe.each(FAMILIES)('a file of etcd %s', (family) => {
  const own = () => all.find((tools) => tools.family === family) ?? expect.fail(family);

  test('has the figures that etcdutl prints, also after a restore with a bump', {
    timeout: 120_000,
  }, async () => {
    const { etcd, etcdctl, etcdutl } = own();
    const place = join(folder, family);
    const saved = join(folder, `${family}.db`);
    await withEtcd(etcd, place, async (member) => {
      await livedIn(member, etcdctl);
      await member.snapshot(saved);
    });
    await compareWithAll(saved);
    expect(await verdictAndCodes(saved)).toEqual(['trusted', 'compacted']);

    const restored = join(folder, `${family}-restored`);
    const bump = ['--bump-revision', '1795193902218', '--mark-compacted'];
    await tool(
      etcdutl,
      'snapshot',
      'restore',
      saved,
      '--data-dir',
      restored,
      '--name',
      'bench',
      ...bump,
      '--initial-cluster',
      'bench=http://127.0.0.1:1',
      '--initial-advertise-peer-urls',
      'http://127.0.0.1:1',
    );
    await compareWithAll(join(restored, 'member', 'snap', 'db'));
    const again = join(folder, `${family}-again.db`);
    await withEtcd(
      etcd,
      place,
      async (member) => {
        await member.put('/registry/things/2', 'after the restore');
        await member.snapshot(again);
      },
      restored,
    );
    await compareWithAll(again);
    expect(await verdictAndCodes(again)).toEqual(['trusted', 'bumped-revision', 'compacted']);
  });

  test('that a daemon is writing to is no save', { timeout: 60_000 }, async () => {
    const { etcd } = own();
    const place = join(folder, `${family}-live`);
    await withEtcd(etcd, place, async (member) => {
      for (let index = 0; index < 50; index += 1) await member.put(`/key-${index}`, 'value');
    });
    const database = join(place, 'etcd', 'member', 'snap', 'db');
    // Its newest writes may be missing too: all of them, when it had not committed any.
    expect(await verdictAndCodes(database)).toEqual(
      expect.arrayContaining(['suspect', 'not-a-save', 'sha256-missing']),
    );
  });
});

async function verdictAndCodes(file: string): Promise<string[]> {
  await using reading = await openSnapshot(file);
  const findings = await reading.findings();
  return [verdictOf(findings), ...findings.map(({ code }) => code).toSorted()];
}

test('the fixtures have the figures that etcdutl prints', { timeout: 120_000 }, async () => {
  const fixtures = join(packageRoot, 'test', 'fixtures', 'snapshots');
  const files = (await readdir(fixtures)).filter((name) => /^p\d\d-/.test(name));
  expect(files.length).toBe(13);
  for (const file of files) await compareWithAll(join(fixtures, file));
});
