import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DrillRecord } from '../../../harness/model/record.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { incidentScenarios, saysNoCure } from '../../incidents/incident-pages.ts';
import {
  type IncidentRun,
  incidentRunsOf,
  incidentRunsSchema,
  type Told,
} from '../../incidents/incident-runs.ts';
import { between, ROUNDS, roundsTable, TRACK_RECORD, trackRecord } from '../../incidents/table.ts';

const INCIDENTS = 'scenarios/incidents';
const textOf = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const { runs } = incidentRunsSchema.parse(JSON.parse(textOf(`${INCIDENTS}/record.json`)));
const folderIn = (scenario: string) => scenario.split('/')[0] ?? scenario;
const folderOf = ({ scenario }: IncidentRun) => folderIn(scenario);

describe('what is told about incidents', () => {
  test('is what their drills came to', () => {
    const page = textOf(`${INCIDENTS}/README.md`);
    expect(between(page, TRACK_RECORD, trackRecord(runs))).toBe(page);
    for (const [folder, own] of Map.groupBy(runs, folderOf)) {
      const its = textOf(`${INCIDENTS}/${folder}/README.md`);
      if (its.includes(ROUNDS.begin)) expect(between(its, ROUNDS, roundsTable(own))).toBe(its);
    }
  });

  test('leaves no incident out that needs no Docker', () => {
    const told = new Set(runs.map(folderOf));
    const played = incidentScenarios().filter(({ targets }) => targets.includes('process'));
    const missing = played.map(({ name }) => name).filter((name) => !told.has(folderIn(name)));
    expect(missing).toEqual([]);
  });

  test('is of the recoveries as they are now', () => {
    const scenarios = new Map(incidentScenarios().map((each) => [each.name, each]));
    const changed = runs.filter(({ scenario, rounds }) => {
      const recovery = scenarios.get(scenario)?.recovery ?? [];
      const now = recovery.map(({ runbook }) => runbook);
      return rounds.map(({ runbook }) => runbook).join() !== now.join();
    });
    expect(changed.map(({ scenario }) => `${scenario} has changed: npm run incidents`)).toEqual([]);
  });
});

const DRILL = {
  scenario: 'lost/door',
  summary: 'A door is lost',
  target: 'process',
  versions: { etcd: '3.6.16' },
  verdict: 'reproduced',
  reason: 'as expected',
  startedAt: '2026-11-21T01:02:03.000Z',
  runbooks: ['install', 'restore', 'runbooks/knock.md', 'runbooks/find.md'].map((name, round) => ({
    name,
    round,
    phase: round === 0 ? 'populate' : 'recover',
  })),
  phases: [1, 2, 3].flatMap((round) => [
    { name: 'recover', round, startMs: round * 10_000, durationMs: 1000 },
    { name: 'verify', round, startMs: round * 10_000 + 3000, durationMs: 500 },
  ]),
  expectations: [['door-lost'], ['door-lost'], []].map((findings, index) => ({
    round: index + 1,
    findings,
    stops: index === 1,
  })),
  findings: [
    { code: 'door-lost', check: 'doors', round: 1 },
    { code: 'draught', check: 'windows', round: 1 },
  ].map((found) => ({ ...found, phase: 'verify' })),
};

const TOLD: Told = {
  scenarioOf: () => ({ kind: 'incident', source: 'A story' }),
  saysNoCure: ({ name }) => name.includes('knock'),
};

function runsOf(change: object = {}, told: Told = TOLD, earlier: IncidentRun[] = []) {
  return incidentRunsOf([{ ...DRILL, ...change } as unknown as DrillRecord], told, earlier);
}

describe('an incident', () => {
  test('is told with its detector, how long that took, and what helped', () => {
    expect(trackRecord(runsOf())).toContain(
      '| [lost/door](lost/README.md) | A story | process, etcd 3.6.16 | `doors` | 3 s |' +
        ' `knock` (stops) | `find` | 2026-11-21 |',
    );
  });

  test('has a row for each step, without the steps before the recovery', () => {
    expect(roundsTable(runsOf()).split('\n').slice(2)).toEqual([
      '| `door` | `restore` | `door-lost` | `draught` | 3 s |',
      '|  | `knock` (stops) | `door-lost` |  | 3 s |',
      '|  | `find` | nothing |  | 3 s |',
      '',
    ]);
  });

  test('that is a healthy twin was met with silence', () => {
    const twin = runsOf({ verdict: 'passed', expectations: [], findings: [] });
    expect(trackRecord(twin)).toContain('| silent, as it should be |  | `knock` |  | 2026-11-21 |');
  });

  test('is told by the procedure that stops where no check is about it', () => {
    const findings: string[] = [];
    const expectations = DRILL.expectations.map((each) => ({ ...each, findings }));
    const [row] = trackRecord(runsOf({ expectations, findings })).split('\n').slice(2);
    expect(row).toContain('| the procedure stops |  | `knock` (stops) | `find` |');
  });

  test('was not cured by what changed nothing', () => {
    const silent: Told = { ...TOLD, saysNoCure: () => false };
    expect(trackRecord(runsOf({}, silent))).toContain('| `knock` (stops) | `find` |');
  });

  test('has the source that it was taken from', () => {
    const from = (source: string): Told => ({
      ...TOLD,
      scenarioOf: () => ({ kind: 'incident', source }),
    });
    const issue = 'https://github.com/etcd-io/etcd/issues/9';
    expect(trackRecord(runsOf({}, from(issue)))).toContain(`| [etcd-io/etcd#9](${issue}) |`);
    expect(trackRecord(runsOf({}, from('https://etcd.io')))).toContain('| <https://etcd.io> |');
  });

  test('that did not end as predicted is not told about at all', () => {
    expect(() => runsOf({ verdict: 'failed', reason: 'why' })).toThrow(
      'lost/door ended failed: why',
    );
  });

  test('that was played several times counts as it was played last', () => {
    const on = (day: string) => ({ ...DRILL, startedAt: `${day}T03:00:00Z` });
    const drills = [on('2026-11-02'), on('2026-11-03'), on('2026-11-01')];
    const runs = incidentRunsOf(drills as unknown as DrillRecord[], TOLD);
    expect(runs.map(({ lastReproduced }) => lastReproduced)).toEqual(['2026-11-03']);
  });

  test('that was skipped, or is none, leaves what was known', () => {
    const earlier = runsOf();
    expect(runsOf({ verdict: 'skipped' }, TOLD, earlier)).toEqual(earlier);
    const drill: Told = { ...TOLD, scenarioOf: () => ({ kind: 'drill', source: undefined }) };
    expect(runsOf({ scenario: 'other' }, drill, earlier)).toEqual(earlier);
  });
});

test('a page says of itself that it is no cure', () => {
  const page = (name: string) => join(packageRoot, INCIDENTS, 'openkruise-webhook/runbooks', name);
  expect(saysNoCure({ file: page('restart-operator.md') })).toBe(true);
  expect(saysNoCure({ file: page('exempt-operator.md') })).toBe(false);
});

test('a page without marks is not written to', () => {
  expect(() => between('# Page\n', ROUNDS, '')).toThrow('the page has no <!-- rounds');
});
