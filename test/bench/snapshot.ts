import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runOrThrow } from '../../harness/exec/run.ts';
import { openByteSource } from '../../harness/snapshot/byte-source.ts';
import { sha256Of } from '../../harness/snapshot/sha256.ts';
import { systemClock } from '../../harness/support/clock.ts';
import { packageRoot } from '../../harness/support/package-root.ts';
import { seededRandom } from '../../harness/support/random.ts';
import { resolveProduct } from '../../harness/toolchain/resolve.ts';
import { timeSmallVerdict } from './small-verdict.ts';
import { type FilledStore, makeSnapshot } from './snapshot-maker.ts';

/** At least 1 GiB; every ConfigMap is written three times. */
const LARGE: FilledStore = {
  revisions: 300_000,
  keys: 100_000,
  dataBytesMin: 300,
  dataBytesMax: 6500,
};
const SMALL_FIXTURE = 'p04-kubeadm-single-3.6.db';
const ROUNDS = 7;
const TIMEOUT_MS = 120_000;

const LIMITS = { ratio: 1.3, peakMemoryBytes: 400e6, smallMs: 60 };

export interface SnapshotBench {
  /** The quickest of some, without the start of Node itself. */
  verdictMs: number;
  /** SHA-256 of the same bytes and nothing else: no verdict can be faster. */
  hashMs: number;
  statusMs: number;
  ratio: number;
  peakMemoryBytes: number;
  /** `kubedrill verify` of a file of 1 MB as npm installs it, without the start of Node itself. */
  smallMs: number;
  /** The same from a clone. */
  smallFromSourcesMs: number;
  met: boolean;
}

const verdictSchema = z.object({
  verdict: z.string(),
  hash: z.number(),
  revision: z.number(),
  liveKeys: z.number(),
  peakMemoryBytes: z.number(),
});
const statusSchema = z.object({ hash: z.number(), revision: z.number(), totalKey: z.number() });

/**
 * Times the whole verdict against `etcdutl snapshot status` of the same file, by turns, each as a
 * process. The large file is made with a real etcd in `folder` and kept there for the next run.
 */
export async function benchSnapshot(
  folder: string,
  print: (line: string) => void,
): Promise<SnapshotBench> {
  const { etcd, etcdutl } = await etcdTools();
  const large = join(folder, 'bench-large.db');
  await mkdir(folder, { recursive: true });
  if (!existsSync(large)) {
    print(`filling etcd with ${LARGE.revisions} revisions, once …`);
    await makeSnapshot(etcd, folder, large, LARGE, seededRandom(1));
  }
  const small = join(packageRoot, 'test', 'fixtures', 'snapshots', SMALL_FIXTURE);
  // Once unmeasured: the file comes into the page cache, and both have to say the same.
  await agree(etcdutl, large);
  const times = {
    bare: [] as number[],
    verdict: [] as number[],
    status: [] as number[],
    hash: [] as number[],
  };
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.bare.push((await timed(process.execPath, ['-e', '0'])).ms);
    times.status.push((await timed(etcdutl, statusArgs(large))).ms);
    const verdict = await timed(process.execPath, verdictArgs(large));
    times.verdict.push(verdict.ms);
    peaks.push(verdictSchema.parse(JSON.parse(verdict.stdout)).peakMemoryBytes);
    times.hash.push(hashAlone(large));
  }
  const bareMs = quickest(times.bare);
  const statusMs = quickest(times.status);
  const verdictMs = quickest(times.verdict) - bareMs;
  const { builtMs: smallMs, sourcesMs: smallFromSourcesMs } = await timeSmallVerdict(small);
  const ratio = verdictMs / statusMs;
  const peakMemoryBytes = Math.max(...peaks);
  const met =
    ratio <= LIMITS.ratio && peakMemoryBytes < LIMITS.peakMemoryBytes && smallMs < LIMITS.smallMs;
  const hashMs = quickest(times.hash);
  const bench = {
    verdictMs,
    hashMs,
    statusMs,
    ratio,
    peakMemoryBytes,
    smallMs,
    smallFromSourcesMs,
    met,
  };
  describe(bench, statSync(large).size, bareMs, print);
  return bench;
}

function describe(
  bench: SnapshotBench,
  sizeBytes: number,
  bareMs: number,
  print: (line: string) => void,
) {
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`.padStart(9);
  const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(9);
  print(`snapshot of ${gb(sizeBytes)}, best of ${ROUNDS}; Node starts in ${bareMs.toFixed(0)} ms`);
  print(`  etcdutl snapshot status  ${ms(bench.statusMs)}`);
  print(
    `  whole verdict            ${ms(bench.verdictMs)}   ${bench.ratio.toFixed(2)}x (at most ${LIMITS.ratio})`,
  );
  print(`  SHA-256 alone            ${ms(bench.hashMs)}`);
  print(
    `  peak memory              ${gb(bench.peakMemoryBytes)}   (below ${gb(LIMITS.peakMemoryBytes)})`,
  );
  print(`  verify of 1 MB, built    ${ms(bench.smallMs)}   (below ${LIMITS.smallMs} ms)`);
  print(`  verify of 1 MB, sources  ${ms(bench.smallFromSourcesMs)}`);
}

async function etcdTools(): Promise<{ etcd: string; etcdutl: string }> {
  const tools = await resolveProduct('etcd', undefined);
  const path = (name: string) => tools.find(({ tool }) => tool === name)?.path ?? name;
  return { etcd: path('etcd'), etcdutl: path('etcdutl') };
}

function verdictArgs(file: string): string[] {
  return [join(import.meta.dirname, 'snapshot-verdict.mjs'), file];
}

const statusArgs = (file: string) => ['snapshot', 'status', file, '-w', 'json'];

async function timed(program: string, args: string[]): Promise<{ ms: number; stdout: string }> {
  const startMs = systemClock.monotonicMs();
  const { stdout } = await runOrThrow('bench', program, args, { timeoutMs: TIMEOUT_MS });
  return { ms: systemClock.monotonicMs() - startMs, stdout };
}

function hashAlone(file: string): number {
  const source = openByteSource(file);
  const startMs = systemClock.monotonicMs();
  sha256Of(source, source.sizeBytes);
  source.close();
  return systemClock.monotonicMs() - startMs;
}

async function agree(etcdutl: string, file: string): Promise<void> {
  const verdict = await timed(process.execPath, verdictArgs(file));
  const ours = verdictSchema.parse(JSON.parse(verdict.stdout));
  const theirs = statusSchema.parse(JSON.parse((await timed(etcdutl, statusArgs(file))).stdout));
  if (ours.hash !== theirs.hash || ours.revision !== theirs.revision)
    throw new Error(`${file}: ${JSON.stringify(ours)} is not ${JSON.stringify(theirs)}`);
}

/** Whatever else the machine does only ever adds time. */
function quickest(values: readonly number[]): number {
  return Math.min(...values);
}

if (import.meta.main) {
  const [folder = join(packageRoot, 'kubedrill-runs', 'bench')] = process.argv.slice(2);
  const { met } = await benchSnapshot(folder, (line) => process.stdout.write(`${line}\n`));
  if (!met) process.exitCode = 1;
}
