import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../harness/model/record.ts';
import type { Scenario } from '../../../harness/model/scenario.ts';
import { shippedScenarios } from '../../../harness/runner/scenario-file.ts';
import { endingIn, endingOf } from '../drill-endings.ts';
import { requireTarget } from '../required.ts';
import { EVERYTHING } from '../turns.ts';
import { drill, eventsIn, workplace } from './kubedrill.ts';

await requireTarget('process');

/** Drills wait for elections and for staleness to show: two at a time keep two cores busy. */
const TIMEOUT_MS = 15 * 60_000;

interface Played {
  scenario: string;
  args?: string[];
  /** What its record must show besides. */
  also?(record: RunRecord): void;
}

const WITHOUT_KUBERNETES = ['--kubernetes', 'none'];

/**
 * By their own recoveries: they end as test/integration/container has all of them end on containers. What most are
 * about is the same without API servers, at a fifth of the work.
 */
const DRILLS: readonly Played[] = [
  { scenario: 'quorum-loss' },
  { scenario: 'quorum-loss', args: ['--etcd', '3.5', ...WITHOUT_KUBERNETES] },
  { scenario: 'quorum-loss', args: ['--etcd', '3.7', ...WITHOUT_KUBERNETES] },
  { scenario: 'ghost-objects', also: namesEveryGhost },
  { scenario: 'stale-dns' },
  { scenario: 'random-chaos', args: ['--seed', '3', ...WITHOUT_KUBERNETES] },
  ...[
    'member-loss',
    'wiped-data-dir',
    'host-rebuild',
    'flapping-members',
    'same-bump-twice',
    'split-brain-restore',
    'mixed-snapshots',
    'old-members-keep-quorum',
  ].map((scenario) => ({
    scenario,
    args: EVERYTHING ? [] : WITHOUT_KUBERNETES,
  })),
];

const scenarios = (await shippedScenarios()).map(({ scenario }) => scenario);

function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`no scenario ${name} is shipped`);
  return found;
}

function findingsOf(record: RunRecord): RunRecord['drills'][number]['findings'] {
  return record.drills.flatMap((each) => each.findings);
}

/** And nothing else: each was made after the backup. */
function namesEveryGhost(record: RunRecord): void {
  const ghosts = findingsOf(record).filter((each) => each.code === 'ghost-object');
  const objects = ghosts.flatMap((ghost) => ghost.objects);
  expect(objects.length).toBeGreaterThan(0);
  const early = objects.filter(({ namespace, name }) => !/after|late/.test(`${namespace}/${name}`));
  expect(early).toEqual([]);
}

/** To its own end, and nothing is left. */
function expectEnded(out: string): void {
  const events = eventsIn(out);
  expect(events.at(-1)?.type).toBe('run-ended');
  expect(events.filter(({ type }) => type === 'left')).toEqual([]);
}

describe('a drill on real etcd and a real kube-apiserver', { concurrent: true }, () => {
  for (const { scenario, args = [], also } of DRILLS) {
    const expected = endingOf(scenarioNamed(scenario));
    const title = `${[scenario, ...args].join(' ')} ends ${expected.verdict}`;
    test(title, { timeout: TIMEOUT_MS }, async () => {
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const { ended, record } = await drill(place, [scenario, ...args, '--out', out]);
      expect(endingIn(record), record.drills[0]?.reason).toEqual(expected);
      expect(ended.exitCode).toBe(0);
      also?.(record);
      expectEnded(out);
    });
  }

  test('a guide that loses objects fails', { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const out = join(place.directory, 'run');
    const guide = ['--runbook', 'as-written/etcd-members'];
    const { ended, record } = await drill(place, ['quorum-loss', ...guide, '--out', out]);
    const reason = record.drills[0]?.reason;
    expect({ verdict: record.verdict, exitCode: ended.exitCode }, reason).toEqual({
      verdict: 'failed',
      exitCode: 1,
    });
    expect(findingsOf(record).map(({ code }) => code)).toContain('ghost-object');
    expectEnded(out);
  });
});

test('the data directories of a passed drill are removed and its logs kept', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const out = join(place.directory, 'run');
  await drill(place, ['quorum-loss', '--kubernetes', 'none', '--out', out]);
  expect(existsSync(join(out, '01-quorum-loss/hosts'))).toBe(false);
  expect(existsSync(join(out, '01-quorum-loss/logs/etcd-1/etcd.log'))).toBe(true);
  expect(existsSync(join(out, 'record.json'))).toBe(true);
});
