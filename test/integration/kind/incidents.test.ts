import { expect, test } from 'vitest';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type Day, skipUnlessItIs } from '../turns.ts';

await requireTarget('kind');

const TIMEOUT_MS = 30 * 60_000;

interface Incident {
  scenario: string;
  /** What is found after the first step of the recovery, and not after the last. */
  finds: string[];
  day: Day;
}

const INCIDENTS: Incident[] = [
  {
    scenario: 'restored-as-ready/judged-at-once',
    finds: ['node-silent', 'pod-silent'],
    day: 'Wednesday',
  },
  { scenario: 'stalled-watches/on-nodes', finds: ['stale-cache', 'ghost-object'], day: 'Friday' },
  {
    scenario: 'half-month-old-backup/one-control-plane',
    finds: ['node-missing', 'node-silent'],
    day: 'Sunday',
  },
];

test.for(INCIDENTS)(
  '$scenario is reproduced and cured',
  {
    timeout: TIMEOUT_MS,
  },
  async (incident, context) => {
    skipUnlessItIs(incident.day, context);
    await isReproduced(incident);
  },
);

async function isReproduced({ scenario, finds }: Incident): Promise<void> {
  await using place = await workplace();
  const { record } = await drill(place, [scenario]);
  const [played] = record.drills;
  expect(record.verdict, played?.reason).toBe('reproduced');
  const found = played?.findings ?? [];
  const last = played?.runbooks.at(-1)?.round ?? 0;
  const after = (round: number) =>
    found.filter((each) => each.round === round).map(({ code }) => code);
  expect(last).toBeGreaterThan(1);
  expect(after(1)).toEqual(expect.arrayContaining(finds));
  expect(after(last).filter((code) => finds.includes(code))).toEqual([]);
}
