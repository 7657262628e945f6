import { describe, expect, test } from 'vitest';
import { CHECKS, checkByName, examineAll, mayHeal } from '../../../harness/checks/index.ts';
import type { CheckView } from '../../../harness/model/check.ts';
import { alter, silence, withFacts } from '../../planted/defect.ts';
import {
  type HealthyOptions,
  HOSTS,
  healthy,
  observed,
  ref,
  SENTINEL_AFTER,
  SENTINEL_BEFORE,
} from '../../planted/healthy.ts';
import { mixedSnapshots, restoredAlone, restoredWithoutNames } from '../../planted/members.ts';
import { inEtcd } from '../../planted/objects.ts';
import { restoredWithoutBump, zombieDataDirectory } from '../../planted/store.ts';

function verdicts(view: CheckView, skipChecks: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    examineAll(view, skipChecks).map(({ check, examination }) => [check.name, examination.verdict]),
  );
}

function codes(view: CheckView): string[] {
  return examineAll(view).flatMap(({ examination }) =>
    examination.findings.map(({ code }) => code),
  );
}

function skippedIn(view: CheckView): string[] {
  const all = Object.entries(verdicts(view));
  return all.filter(([, verdict]) => verdict === 'skipped').map(([name]) => name);
}

describe('what applies', () => {
  const twins: [string, HealthyOptions][] = [
    ['a restore', {}],
    ['a restore without controllers', { controllers: false }],
    ['a recovery that keeps the data', { restores: false }],
    ['the baseline', { phase: 'baseline' }],
    ['plain etcd', { kubernetes: false }],
    ['the baseline of plain etcd', { kubernetes: false, phase: 'baseline' }],
  ];

  test.each(twins)('%s that is healthy is all passed or skipped', (_, options) => {
    const all = Object.values(verdicts(healthy(options)));
    expect(all).toContain('pass');
    expect(all.filter((verdict) => verdict !== 'pass' && verdict !== 'skipped')).toEqual([]);
  });

  test('plain etcd skips everything that needs an API server', () => {
    expect(skippedIn(healthy({ kubernetes: false }))).toEqual(
      CHECKS.filter((check) => check.needs.length > 0).map((check) => check.name),
    );
  });

  test('the baseline skips what compares with it', () => {
    expect(skippedIn(healthy({ phase: 'baseline' }))).toEqual([
      'sentinels',
      'revision',
      'object-counts',
      'object-content',
      'prediction',
      'aftermath',
      'tokens',
      'watches',
      'backups',
      'budgets',
    ]);
  });

  test('leases are not asked for where no controllers run', () => {
    const results = examineAll(healthy({ controllers: false }));
    const leases = results.find(({ check }) => check.name === 'leader-leases');
    expect(leases?.examination).toEqual({
      verdict: 'skipped',
      reason: 'this drill runs no controller-manager and no scheduler',
      findings: [],
    });
  });

  test('a scenario may leave a check out', () => {
    expect(verdicts(healthy(), ['alarms'])).toMatchObject({ alarms: 'skipped', writes: 'pass' });
  });
});

describe('one root cause, one report', () => {
  test('a restore without names is told by its identity, and what follows from it is skipped', () => {
    const view = restoredWithoutNames(healthy());
    expect(codes(view)).toEqual(['default-identity', 'split-brain']);
    expect(skippedIn(view)).toEqual([
      'membership',
      'replication',
      'object-counts',
      'object-content',
      'prediction',
      'aftermath',
      'orphans',
    ]);
  });

  test('each member restored from another snapshot is told by diverging members', () => {
    expect(codes(mixedSnapshots(healthy()))).toEqual(['members-diverge']);
  });

  test('a restore of one member only is told by the cluster IDs', () => {
    expect(codes(restoredAlone(healthy()))).toEqual(['cluster-id-differs']);
  });

  test('a zombie data directory is told by the write alone', () => {
    expect(codes(zombieDataDirectory(healthy()))).toEqual(['writes-refused']);
  });

  test('old data that goes on is told by its sentinels', () => {
    const gone = ref('', 'configmaps', 'shop', 'banner');
    const old = inEtcd(restoredWithoutBump(healthy()), (objects) => [
      ...objects.filter(({ name }) => name !== gone.name),
      ...(objects.some(({ name }) => name === SENTINEL_BEFORE.name)
        ? [observed(SENTINEL_AFTER)]
        : []),
    ]);
    expect(codes(old)).toEqual(['sentinel-survived']);
    expect(skippedIn(old)).toEqual([
      'revision',
      'object-counts',
      'object-content',
      'prediction',
      'aftermath',
      'orphans',
    ]);
  });

  test('a skipped check says which finding explains it', () => {
    const results = examineAll(zombieDataDirectory(healthy()));
    const replication = results.find(({ check }) => check.name === 'replication');
    expect(replication?.examination.reason).toBe('writes-refused, found by writes, explains it');
  });

  test('a member that does not answer fails identity and leaves the others unknown', () => {
    const off = (['member-list', 'revision-hash', 'etcd-objects'] as const).reduce(
      (view, kind) => silence(view, kind, 'etcd-3'),
      silence(healthy(), 'member-status', 'etcd-3'),
    );
    expect(codes(off)).toEqual(['member-unreachable']);
    expect(verdicts(off)).toMatchObject({
      identity: 'fail',
      membership: 'unknown',
      replication: 'unknown',
      'object-counts': 'unknown',
    });
  });
});

describe('never a pass without a look', () => {
  const lookers = CHECKS.filter((check) => check.name !== 'budgets');

  // Most recoveries leave no backup, and then there is nothing to look at.
  const constant = lookers.filter((check) => check.name !== 'backups');

  test.each(constant)('$name is unknown when nothing was observed', (check) => {
    expect(check.examine({ ...healthy(), now: [] }).verdict).toBe('unknown');
  });

  test.each(constant)('$name is unknown when nothing was observed, then or now', (check) => {
    expect(check.examine({ ...healthy(), now: [], baseline: [] }).verdict).toBe('unknown');
  });

  test.each(lookers)('$name does not pass when each look failed', (check) => {
    const view = healthy();
    const blind = view.now.reduce<CheckView>(
      (left, seen) =>
        seen.kind === 'unavailable' ? left : silence(left, seen.kind, seen.source, 'timed out'),
      view,
    );
    const { verdict, reason } = check.examine(blind);
    expect(['unknown', 'fail']).toContain(verdict);
    if (verdict === 'unknown') expect(reason).toMatch(/timed out|nobody|no /);
  });

  test.each(lookers)('$name says nothing of hosts when there are none', (check) => {
    const nobody = withFacts({ ...healthy(), now: [] }, { members: [], apiServers: [] });
    expect(check.examine(nobody).verdict).not.toBe('fail');
  });

  test('a check that throws is unknown and does not stop the others', () => {
    const broken = alter(healthy(), 'alarms', (seen) => ({
      kind: 'alarms',
      source: seen.source,
      atMs: seen.atMs,
      get alarms(): never {
        throw new Error('planted');
      },
    }));
    expect(verdicts(broken)).toMatchObject({ alarms: 'unknown', writes: 'pass' });
    const alarms = examineAll(broken).find(({ check }) => check.name === 'alarms');
    expect(alarms?.examination.reason).toContain('planted');
  });
});

test('checks are found by name, and codes that may heal are known', () => {
  expect(checkByName('identity')?.name).toBe('identity');
  expect(checkByName('identify')).toBeUndefined();
  expect(mayHeal('stale-cache')).toBe(true);
  expect(mayHeal('split-brain')).toBe(false);
  expect(mayHeal('no-such-code')).toBe(false);
});

test('the healthy twin has a member and an API server on each host', () => {
  const elsewhere = ['backup-file', 'ingress-route'];
  const seen = healthy().now.filter(({ kind }) => !elsewhere.includes(kind));
  const sources = new Set(seen.map(({ source }) => source));
  expect([...sources].sort()).toEqual([...HOSTS]);
});
