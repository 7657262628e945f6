import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordSchema } from '../../../harness/model/record.ts';
import { shippedScenarios } from '../../../harness/runner/scenario-file.ts';
import { type Diagnosed, diagnoseIn, pauseIn } from '../pauses.ts';
import { workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type Day, skipUnlessItIs } from '../turns.ts';

await requireTarget('kind');

const TIMEOUT_MS = 30 * 60_000;
const DIAGNOSIS_TIMEOUT_MS = 3 * 60_000;

interface Incident {
  scenario: string;
  /** What is found after the first step of the recovery, and not after the last. */
  finds: string[];
  /** And what diagnose finds, which is asked before. */
  diagnosed: string[];
  day: Day;
}

const INCIDENTS: Incident[] = [
  {
    scenario: 'restored-as-ready/judged-at-once',
    finds: ['node-silent', 'pod-silent'],
    diagnosed: ['node-ready-unproven'],
    day: 'Saturday',
  },
  {
    scenario: 'restored-as-ready/disruption',
    finds: ['node-silent', 'pod-silent'],
    diagnosed: ['node-ready-unproven'],
    day: 'Tuesday',
  },
  {
    scenario: 'restored-as-ready/eviction',
    finds: ['pod-silent'],
    diagnosed: ['node-ready-unproven'],
    day: 'Wednesday',
  },
  {
    scenario: 'stalled-watches/on-nodes',
    finds: ['stale-cache', 'ghost-object'],
    diagnosed: ['stale-cache'],
    day: 'Friday',
  },
  {
    scenario: 'token-and-key-mismatch/expired-certificates',
    finds: ['certificate-expired'],
    diagnosed: ['certificate-expired'],
    day: 'Thursday',
  },
  {
    scenario: 'token-and-key-mismatch/other-authority',
    finds: ['authority-differs'],
    diagnosed: ['cluster-ca-differs'],
    day: 'Saturday',
  },
  {
    scenario: 'half-month-old-backup/one-control-plane',
    finds: ['node-missing', 'node-silent'],
    diagnosed: ['revision-rewound', 'node-ready-unproven'],
    day: 'Monday',
  },
  {
    scenario: 'half-month-old-backup/short',
    finds: ['node-missing', 'node-silent'],
    diagnosed: ['node-ready-unproven'],
    day: 'Monday',
  },
  {
    scenario: 'half-month-old-backup/as-told',
    finds: ['node-missing', 'node-silent'],
    diagnosed: ['revision-rewound', 'node-ready-unproven'],
    day: 'Sunday',
  },
];

const scenarios = (await shippedScenarios()).map(({ scenario }) => scenario);

test.for(INCIDENTS)(
  '$scenario is reproduced, diagnosed and cured',
  { timeout: TIMEOUT_MS },
  async (incident, context) => {
    skipUnlessItIs(incident.day, context);
    await isReproduced(incident);
  },
);

async function isReproduced({ scenario, finds, diagnosed }: Incident): Promise<void> {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  const child = place.start(['run', scenario, '--out', out, '--pause-after', 'recover']);
  // A pipe that nobody reads would stop it.
  child.stdout?.resume();
  child.stderr?.resume();
  const ended = once(child, 'close');
  const { findings } = await diagnoseFirst(out, roundsOf(scenario));
  await ended;
  const record = recordSchema.parse(JSON.parse(await readFile(join(out, 'record.json'), 'utf8')));
  const [played] = record.drills;
  expect(record.verdict, played?.reason).toBe('reproduced');
  expect(played?.left).toEqual([]);
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(diagnosed));
  const found = played?.findings ?? [];
  const last = played?.runbooks.at(-1)?.round ?? 0;
  const after = (round: number) =>
    found.filter((each) => each.round === round).map(({ code }) => code);
  expect(last).toBeGreaterThan(1);
  expect(after(1)).toEqual(expect.arrayContaining(finds));
  expect(after(last).filter((code) => finds.includes(code))).toEqual([]);
}

/** Lets the drill go on in each round. */
async function diagnoseFirst(out: string, rounds: number): Promise<Diagnosed> {
  const first = await pauseIn(out, 1, TIMEOUT_MS);
  const diagnosed = await diagnoseIn(first, { timeoutMs: DIAGNOSIS_TIMEOUT_MS });
  await first.goOn();
  for (let round = 2; round <= rounds; round += 1)
    await (await pauseIn(out, round, TIMEOUT_MS)).goOn();
  return diagnosed;
}

function roundsOf(name: string): number {
  return scenarios.find((scenario) => scenario.name === name)?.recovery.length ?? 0;
}
