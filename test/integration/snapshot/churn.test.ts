import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EtcdClient } from '../../../harness/etcd/client.ts';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { openSnapshot } from '../../../harness/snapshot/open-snapshot.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { type Random, seededRandom } from '../../../harness/support/random.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { withEtcd } from '../../bench/snapshot-maker.ts';

const ROUNDS = 4;
const WRITERS = 16;
const WRITES_A_WRITER = 100;

/** Puts of all sizes, deletes, deletes of many, writes of many at one revision. */
async function write(member: EtcdClient, random: Random): Promise<void> {
  const key = `/k/${random.below(500)}`;
  const draw = random.next();
  const sizeBytes = random.below(draw < 0.1 ? 20_000 : 700);
  if (draw < 0.6) await member.put(key, 'v'.repeat(sizeBytes));
  else if (draw < 0.85) await member.delete(key);
  else if (draw < 0.9) await member.delete(`/k/${random.below(50)}`, { prefix: true });
  else
    await member.write(
      ['a', 'b', 'c'].map((name) => ({
        put: { key: Buffer.from(`/t/${name}`), value: Buffer.from('x'.repeat(sizeBytes)) },
      })),
    );
}

test('a store under churn, compaction and defragmentation is always found whole', {
  timeout: 180_000,
}, async () => {
  const tools = await resolveProduct('etcd', undefined);
  const path = (name: string) => tools.find(({ tool }) => tool === name)?.path ?? name;
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-churn-'));
  const seed = systemClock.nowMs() % 2 ** 31;
  const random = seededRandom(seed);
  try {
    await withEtcd(path('etcd'), folder, async (member) => {
      const ctl = (...args: string[]) =>
        runOrThrow('use etcdctl', path('etcdctl'), [`--endpoints=${member.endpoint}`, ...args], {
          timeoutMs: 30_000,
        });
      const verify = async (name: string) => {
        const file = join(folder, `${name}.db`);
        await member.snapshot(file);
        await using reading = await openSnapshot(file);
        const findings = await reading.findings();
        const bad = findings.filter(({ code }) => code !== 'compacted');
        expect(bad, `${name}, seed ${seed}`).toEqual([]);
        return reading.figures;
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        const writer = async () => {
          for (let count = 0; count < WRITES_A_WRITER; count += 1) await write(member, random);
        };
        await Promise.all(Array.from({ length: WRITERS }, writer));
        const { revision, liveKeys } = await verify(`round-${round}`);
        const { count } = await member.range('/', { prefix: true, countOnly: true });
        expect({ revision, liveKeys }).toEqual({
          revision: (await member.status()).revision,
          liveKeys: count,
        });
        await ctl('compact', String(revision - random.below(500)));
        // While rows are being deleted.
        await verify(`round-${round}-compacting`);
        if (round % 2 === 1) await ctl('defrag');
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
