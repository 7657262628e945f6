import { join } from 'node:path';
import { runOrThrow } from '../../harness/exec/run.ts';
import { systemClock } from '../../harness/support/clock.ts';
import { packageRoot } from '../../harness/support/package-root.ts';

const ROUNDS = 25;
const TIMEOUT_MS = 60_000;

/** Milliseconds of the quickest of some runs. */
export interface SmallVerdict {
  /** `node -e 0` */
  bareMs: number;
  /** `kubedrill verify` as npm installs it, without the start of Node itself. */
  builtMs: number;
  /** The same from a clone. */
  sourcesMs: number;
}

/** Times a whole `kubedrill verify` on a small file, built and from the sources, and Node alone, by turns. */
export async function timeSmallVerdict(file: string): Promise<SmallVerdict> {
  await runOrThrow('build kubedrill', 'npm', ['run', '--silent', 'build'], {
    cwd: packageRoot,
    timeoutMs: TIMEOUT_MS,
  });
  const verify = (entry: string) => [join(packageRoot, entry), 'verify', file];
  const built = verify('dist/bin.cjs');
  const sources = verify('harness/cli/bin.mjs');
  // Once unmeasured: Node keeps what it compiled.
  await elapsedMs(built);
  await elapsedMs(sources);
  const times = { bare: [] as number[], built: [] as number[], sources: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.bare.push(await elapsedMs(['-e', '0']));
    times.built.push(await elapsedMs(built));
    times.sources.push(await elapsedMs(sources));
  }
  const bareMs = Math.min(...times.bare);
  return {
    bareMs,
    builtMs: Math.min(...times.built) - bareMs,
    sourcesMs: Math.min(...times.sources) - bareMs,
  };
}

async function elapsedMs(args: string[]): Promise<number> {
  const startMs = systemClock.monotonicMs();
  await runOrThrow('bench', process.execPath, args, { timeoutMs: TIMEOUT_MS });
  return systemClock.monotonicMs() - startMs;
}
