import { describe, expect, test } from 'vitest';
import { requireTarget } from '../required.ts';
import { type Day, inTurn, skipUnlessItIs } from '../turns.ts';
import { drill, workplace } from './kubedrill.ts';

await requireTarget('process');

const TIMEOUT_MS = 5 * 60_000;

interface Ending {
  scenario: string;
  args?: string[];
  /** Finding codes by recovery, from the first. */
  finds?: string[][];
}

/** What a mistake spoils, the right procedure for the same job mends. */
const RIGHT: readonly Ending[] = [
  { scenario: 'second-member-cannot-join', args: ['--runbook', 'restore-all-members'] },
  { scenario: 'old-member-takes-over', args: ['--runbook', 'restore-all-members'] },
  { scenario: 'old-token', args: ['--runbook', 'restore-all-members'] },
  { scenario: 'rejoin-without-member-add', args: ['--runbook', 'replace-member'] },
  { scenario: 'snapshot-of-lagging-member', args: ['--runbook', 'snapshot-save'] },
  { scenario: 'snapshot-never-ends', args: ['--runbook', 'snapshot-save'] },
];

/** Mistakes that each version of etcd answers in words of its own, each mended by the last recovery of its drill. */
const WRONG: readonly Ending[] = ['3.5', '3.7'].flatMap((etcd) => [
  { scenario: 'old-token', args: ['--etcd', etcd], finds: [['member-will-not-start']] },
  {
    scenario: 'rejoin-without-member-add',
    args: ['--etcd', etcd],
    finds: [['member-will-not-start'], [], ['member-will-not-start'], []],
  },
]);

/** Those that test/integration/container/drills.test.ts plays, too, by their own recoveries. */
const RIGHT_IN_TURN: readonly Ending[] = [
  'learner-replaces-member',
  'member-moved',
  'nospace-alarm',
  'compacted-backup',
  'nightly-backup',
  'guide-etcd-members-replace',
].map((scenario) => ({ scenario }));
const WRONG_IN_TURN: readonly Ending[] = [
  { scenario: 'second-member-cannot-join', finds: [['default-identity', 'member-will-not-start']] },
  { scenario: 'old-member-takes-over', finds: [['sentinel-survived']] },
  { scenario: 'old-token', finds: [['member-will-not-start']] },
  { scenario: 'snapshot-of-lagging-member', finds: [['backup-behind'], []] },
  { scenario: 'snapshot-never-ends', finds: [['backup-incomplete'], []] },
  { scenario: 'guide-kubeadm-pki-and-job', finds: [[], []] },
  { scenario: 'guide-gdc-vmware-admin-damaged', finds: [['writes-refused'], []] },
  { scenario: 'guide-kubeadm-single-master', finds: [['default-identity', 'revision-rewound']] },
  { scenario: 'nospace-alarm-restored', finds: [['alarm-nospace'], ['alarm-foreign'], []] },
];

function everyDayOrInTurn(daily: readonly Ending[], rest: readonly Ending[], first: Day) {
  return [...daily.map((ending): [Ending, Day?] => [ending]), ...inTurn(rest, first)];
}

describe('procedures on real etcd', { concurrent: true }, () => {
  const title = ({ scenario, args = [] }: Ending) => [scenario, ...args].join(' ');
  for (const [ending, day] of everyDayOrInTurn(RIGHT, RIGHT_IN_TURN, 'Monday')) {
    test(`${title(ending)} passes`, { timeout: TIMEOUT_MS }, async (context) => {
      if (day !== undefined) skipUnlessItIs(day, context);
      await using place = await workplace();
      const { record } = await drill(place, [ending.scenario, ...(ending.args ?? [])]);
      expect(record.verdict, record.drills[0]?.reason).toBe('passed');
    });
  }
  for (const [ending, day] of everyDayOrInTurn(WRONG, WRONG_IN_TURN, 'Thursday')) {
    test(`${title(ending)} shows the mistake`, { timeout: TIMEOUT_MS }, async (context) => {
      if (day !== undefined) skipUnlessItIs(day, context);
      await using place = await workplace();
      const { record } = await drill(place, [ending.scenario, ...(ending.args ?? [])]);
      expect(record.verdict, record.drills[0]?.reason).toBe('reproduced');
      const findings = record.drills[0]?.findings ?? [];
      for (const [index, codes] of (ending.finds ?? []).entries()) {
        const seen = findings.filter(({ round }) => round === index + 1).map(({ code }) => code);
        if (codes.length === 0) expect(seen).toEqual([]);
        for (const code of codes) expect(seen).toContain(code);
      }
    });
  }
});

test('the log of a member says why it will not start', { timeout: TIMEOUT_MS }, async () => {
  await using place = await workplace();
  const { record } = await drill(place, ['rejoin-without-member-add', '--seed', '1']);
  const messages = record.drills[0]?.findings.map(({ message }) => message) ?? [];
  expect(messages.some((message) => message.includes('the others know it already'))).toBe(true);
  expect(messages.some((message) => /tocommit\(\d+\) is out of range/.test(message))).toBe(true);
});
