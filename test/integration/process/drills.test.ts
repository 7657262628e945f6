import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../harness/model/record.ts';
import { requireTarget } from '../required.ts';
import { drill, eventsIn, workplace } from './kubedrill.ts';

await requireTarget('process');

/** Drills wait for elections and for staleness to show: two at a time keep two cores busy. */
const TIMEOUT_MS = 15 * 60_000;

interface Expected {
  scenario: string;
  args?: string[];
  verdict: 'passed' | 'reproduced' | 'failed';
  exitCode: 0 | 1;
  /** Finding codes of the first recovery. */
  finds?: string[];
}

const DRILLS: readonly Expected[] = [
  { scenario: 'quorum-loss', verdict: 'passed', exitCode: 0 },
  {
    scenario: 'quorum-loss',
    args: ['--etcd', '3.5', '--kubernetes', 'none'],
    verdict: 'passed',
    exitCode: 0,
  },
  {
    scenario: 'quorum-loss',
    args: ['--etcd', '3.7', '--kubernetes', 'none'],
    verdict: 'passed',
    exitCode: 0,
  },
  { scenario: 'member-loss', verdict: 'passed', exitCode: 0 },
  { scenario: 'wiped-data-dir', verdict: 'passed', exitCode: 0 },
  { scenario: 'host-rebuild', verdict: 'passed', exitCode: 0 },
  { scenario: 'random-chaos', args: ['--seed', '3'], verdict: 'passed', exitCode: 0 },
  { scenario: 'flapping-members', verdict: 'passed', exitCode: 0 },
  { scenario: 'ghost-objects', verdict: 'reproduced', exitCode: 0, finds: ['ghost-object'] },
  { scenario: 'stale-dns', verdict: 'reproduced', exitCode: 0, finds: ['dns-ghost-name'] },
  { scenario: 'same-bump-twice', verdict: 'reproduced', exitCode: 0 },
  {
    scenario: 'split-brain-restore',
    verdict: 'reproduced',
    exitCode: 0,
    finds: ['default-identity'],
  },
  { scenario: 'mixed-snapshots', verdict: 'reproduced', exitCode: 0, finds: ['members-diverge'] },
  {
    scenario: 'old-members-keep-quorum',
    verdict: 'reproduced',
    exitCode: 0,
    finds: ['sentinel-survived'],
  },
  { scenario: 'zombie-data-dir', verdict: 'reproduced', exitCode: 0, finds: ['writes-refused'] },
  {
    scenario: 'quorum-loss',
    args: ['--runbook', 'as-written/etcd-members'],
    verdict: 'failed',
    exitCode: 1,
    finds: ['ghost-object'],
  },
];

function findingsOf(record: RunRecord): RunRecord['drills'][number]['findings'] {
  return record.drills.flatMap((each) => each.findings);
}

describe('a drill on real etcd and a real kube-apiserver', { concurrent: true }, () => {
  for (const { scenario, args = [], verdict, exitCode, finds = [] } of DRILLS) {
    test(`${[scenario, ...args].join(' ')} ends ${verdict}`, { timeout: TIMEOUT_MS }, async () => {
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const { ended, record } = await drill(place, [scenario, ...args, '--out', out]);
      const reason = record.drills.map((each) => each.reason).join('\n');
      expect({ verdict: record.verdict, exitCode: ended.exitCode }, reason).toEqual({
        verdict,
        exitCode,
      });
      for (const code of finds) {
        expect(
          findingsOf(record).map((each) => each.code),
          code,
        ).toContain(code);
      }
      expect(eventsIn(out).at(-1)?.type).toBe('run-ended');
      expect(eventsIn(out).filter((event) => event.type === 'left')).toEqual([]);
    });
  }
});

test('every ghost is named, and each was made after the backup', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using place = await workplace();
  const { record } = await drill(place, ['ghost-objects', '--objects', '100']);
  const ghosts = findingsOf(record).filter((each) => each.code === 'ghost-object');
  expect(ghosts.length).toBeGreaterThan(0);
  const objects = ghosts.flatMap((ghost) => ghost.objects);
  expect(objects.length).toBeGreaterThan(0);
  const early = objects.filter(({ namespace, name }) => !/after|late/.test(`${namespace}/${name}`));
  expect(early).toEqual([]);
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
