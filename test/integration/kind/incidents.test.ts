import { expect, test } from 'vitest';
import { skipUnlessNightly } from '../nightly.ts';
import { drill, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';

await requireTarget('kind');

const TIMEOUT_MS = 30 * 60_000;

interface Incident {
  scenario: string;
  /** What is found after the first step of the recovery, and not after the last. */
  finds: string[];
}

/** All at night: none of them adds a way back to those that CI plays. */
const INCIDENTS: Incident[] = [
  { scenario: 'restored-as-ready/judged-at-once', finds: ['node-silent', 'pod-silent'] },
  { scenario: 'stalled-watches/on-nodes', finds: ['stale-cache', 'ghost-object'] },
  { scenario: 'half-month-old-backup/one-control-plane', finds: ['node-missing', 'node-silent'] },
];

test.for(INCIDENTS)(
  '$scenario is reproduced and cured',
  {
    timeout: TIMEOUT_MS,
  },
  async (incident, context) => {
    skipUnlessNightly(context);
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
