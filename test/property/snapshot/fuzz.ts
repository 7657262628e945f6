import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../../../harness/exec/run.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { seededRandom } from '../../../harness/support/random.ts';
import {
  bodyOf,
  FAULT_CLASSES,
  type FaultClass,
  TRAILERS,
  type Trailer,
  withTrailer,
} from './faults.ts';
import { type Look, lookAt, type Outcome, outcomeOf } from './outcome.ts';

const FIXTURES = [
  'p02-plain-history-3.6.db',
  'p08-plain-history-3.4.db',
  'p11-aescbc-two-keys-3.6.db',
  'p13-plain-compacted-3.6.db',
] as const;

export interface Tally {
  fault: string;
  trailer: Trailer;
  tried: number;
  outcomes: Record<Outcome, number>;
  /** What `etcdutl snapshot status` made of a part of the same files. */
  etcdutl: { tried: number; accepted: number; refused: number; crashed: number };
}

export interface FuzzOptions {
  seed: number;
  durationMs: number;
  /** Every n-th damaged file is shown to it too. */
  etcdutl?: { program: string; everyNth: number };
}

interface Whole {
  body: Buffer;
  looks: Record<Trailer, Look>;
}

/**
 * Damages real snapshots in every way, with the trailer kept, cut off and made again, until the
 * time is over. Anything that the reader throws ends it: no bytes may make it throw.
 */
export async function fuzz(options: FuzzOptions): Promise<Tally[]> {
  const random = seededRandom(options.seed);
  const [first, ...others] = await Promise.all(FIXTURES.map(wholeFile));
  if (first === undefined) throw new Error('no fixtures');
  const wholes = [first, ...others] as const;
  const tallies = FAULT_CLASSES.flatMap((fault) =>
    TRAILERS.map((trailer) => ({ fault, tally: newTally(fault, trailer) })),
  );
  const endMs = systemClock.monotonicMs() + options.durationMs;
  for (let turn = 0; systemClock.monotonicMs() < endMs; turn += 1) {
    for (const { fault, tally } of tallies) {
      const whole = random.pick(wholes);
      const damaged = fault.apply(whole.body, random.pick(wholes).body, random);
      const file = withTrailer(damaged, whole.body, tally.trailer);
      tally.tried += 1;
      if (damaged.equals(whole.body)) tally.outcomes.harmless += 1;
      else tally.outcomes[outcomeOf(whole.looks[tally.trailer], await lookAt(file))] += 1;
      if (options.etcdutl && turn % options.etcdutl.everyNth === 0)
        await showEtcdutl(options.etcdutl.program, file, tally);
    }
  }
  return tallies.map(({ tally }) => tally);
}

async function wholeFile(name: string): Promise<Whole> {
  const file = readFileSync(join(packageRoot, 'test', 'fixtures', 'snapshots', name));
  const body = bodyOf(file);
  const signed = await lookAt(file);
  return { body, looks: { kept: signed, cut: await lookAt(body), 'made again': signed } };
}

function newTally(fault: FaultClass, trailer: Trailer): Tally {
  return {
    fault: fault.name,
    trailer,
    tried: 0,
    outcomes: { found: 0, harmless: 0, text: 0, missed: 0 },
    etcdutl: { tried: 0, accepted: 0, refused: 0, crashed: 0 },
  };
}

async function showEtcdutl(program: string, file: Buffer, tally: Tally): Promise<void> {
  const path = join(tmpdir(), `kubedrill-fuzz-${process.pid}.db`);
  writeFileSync(path, file);
  try {
    const said = await run(program, ['snapshot', 'status', path], { timeoutMs: 10_000 });
    tally.etcdutl.tried += 1;
    if (said.exitCode === 0) tally.etcdutl.accepted += 1;
    else if (said.exitCode === 1) tally.etcdutl.refused += 1;
    else tally.etcdutl.crashed += 1;
  } finally {
    rmSync(path, { force: true });
  }
}

export function describeTallies(tallies: readonly Tally[]): string {
  const share = (part: number, of: number) =>
    of === 0 ? '-' : `${((part * 100) / of).toFixed(1)}%`;
  const lines = tallies.map(({ fault, trailer, tried, outcomes, etcdutl }) =>
    [
      fault.padEnd(30),
      trailer.padEnd(11),
      String(tried).padStart(6),
      share(outcomes.found, tried).padStart(7),
      share(outcomes.harmless, tried).padStart(9),
      share(outcomes.text, tried).padStart(7),
      share(outcomes.missed, tried).padStart(7),
      share(etcdutl.refused, etcdutl.tried).padStart(9),
      share(etcdutl.crashed, etcdutl.tried).padStart(9),
      share(etcdutl.accepted, etcdutl.tried).padStart(9),
    ].join(' '),
  );
  const head = [
    'fault                          trailer      tried   found  harmless    text  missed',
    '  etcdutl refuses,  crashes,  accepts',
  ].join('');
  return [head, ...lines].join('\n');
}

/** `node test/property/snapshot/fuzz.ts --seconds 600 --seed 7 --etcdutl /path/to/etcdutl` */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      etcdutl: { type: 'string' },
    },
  });
  const seed = values.seed === undefined ? newSeed() : Number(values.seed);
  process.stdout.write(`seed ${seed}\n`);
  const tallies = await fuzz({
    seed,
    durationMs: Number(values.seconds) * 1000,
    ...(values.etcdutl ? { etcdutl: { program: values.etcdutl, everyNth: 20 } } : {}),
  });
  process.stdout.write(`${describeTallies(tallies)}\n`);
  if (tallies.some(({ outcomes }) => outcomes.missed > 0)) process.exitCode = 1;
}

/** From the time, so that every night draws another. */
function newSeed(): number {
  return systemClock.nowMs() % 2 ** 31;
}

if (import.meta.main) await main();
