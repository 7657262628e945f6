import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DrillRecord } from '../../../harness/model/record.ts';
import { loadRunbook, shippedRunbooks } from '../../../harness/runbook/library.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { type GuideRun, guideOf, guideRunsOf, guideRunsSchema } from '../../guides/guide-runs.ts';
import { guidePage, guideTable, withGuideTable } from '../../guides/table.ts';

const textOf = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const GUIDES = 'scenarios/runbooks/as-written';
const { runs } = guideRunsSchema.parse(JSON.parse(textOf(`${GUIDES}/record.json`)));

describe('what is told about published guides', () => {
  test('is what their drills came to', () => {
    expect(textOf(`${GUIDES}/README.md`)).toBe(guidePage(runs));
    expect(withGuideTable(textOf('README.md'), runs)).toBe(textOf('README.md'));
  });

  test('leaves no guide out', () => {
    const told = new Set(runs.map(({ runbook }) => runbook));
    const guides = shippedRunbooks().filter((name) => name.startsWith('as-written/'));
    expect(guides.filter((name) => !told.has(name))).toEqual([]);
  });

  test('is of the commands as they are now', () => {
    const changed = runs.filter(
      ({ runbook, commandsSha256 }) =>
        guideOf(loadRunbook(runbook, packageRoot).runbook).commandsSha256 !== commandsSha256,
    );
    expect(changed.map(({ runbook }) => `${runbook} has changed: npm run guides`)).toEqual([]);
  });
});

const step: DrillRecord['runbooks'][number]['steps'][number] = {
  number: 1,
  title: 'Save',
  host: 'cp-1',
  command: 'true',
  added: false,
  exitCode: 0,
  problem: null,
  startMs: 0,
  durationMs: 1,
  output: '',
};

/** A run of one drill that followed one guide in its first recovery. */
function drillsOf(drill: Partial<DrillRecord>): DrillRecord[] {
  const runbook = {
    name: 'as-written/ours',
    file: 'ours.md',
    sha256: 'abc',
    phase: 'recover',
    round: 1,
    verdict: 'ok',
    reason: null,
    durationMs: 1,
    substitutions: [{ from: 'a', to: 'b', why: 'the guide has a typing error' }],
    steps: [step, { ...step, number: 2, added: true }, { ...step, number: 2, added: true }],
  } as const;
  const parts = {
    scenario: 'guide-ours',
    summary: 'A published guide Saves nothing',
    target: 'process',
    versions: { etcd: '3.5.35' },
    verdict: 'passed',
    reason: 'well',
    runbooks: [runbook],
    findings: [],
    ...drill,
  };
  return [parts] as unknown as DrillRecord[];
}

function found(code: string, round: number): DrillRecord['findings'][number] {
  return {
    code,
    severity: 'error',
    message: 'It is so.',
    where: 'cp-1',
    objectCount: 0,
    objects: [],
    cure: 'Do.',
    check: 'identity',
    phase: 'verify',
    round,
    expected: true,
  };
}

const guide = () => ({ source: 'Our guide (section Saving)', commandsSha256: 'abc' });

describe('a guide', () => {
  test('works when its drill passed, with what had to be mended', () => {
    const [own] = guideRunsOf(drillsOf({}), guide);
    expect(own).toMatchObject({ ended: 'works', substitutions: 1, addedSteps: 1, findings: [] });
    expect(guideTable([own as GuideRun], '')).toContain(
      '| [Our guide](runbooks/as-written/ours.md) | ours |' +
        ' **works** with 1 command and 1 missing step mended | [guide-ours](drills/guide-ours/README.md) |',
    );
  });

  test('loses what was found after it, and not what another recovery left', () => {
    const findings = [found('split-brain', 1), found('default-identity', 1), found('no-leader', 2)];
    const [own] = guideRunsOf(drillsOf({ verdict: 'reproduced', findings }), guide);
    expect(own).toMatchObject({ ended: 'loses', findings: ['default-identity', 'split-brain'] });
    expect(guideTable([own as GuideRun], '')).toContain(
      '**loses**, `default-identity`, `split-brain`: saves nothing',
    );
  });

  test('stops where a block of it failed', () => {
    const drills = drillsOf({ verdict: 'reproduced' });
    const [runbook] = drills[0]?.runbooks ?? [];
    runbook?.steps.push({ ...step, number: 3, title: 'Copy', problem: 'exit 1 after 0.4 s' });
    const [own] = guideRunsOf(drills, guide);
    expect(own).toMatchObject({ ended: 'stops', stopped: 'Copy: exit 1' });
  });

  test('of a drill that failed is not told about at all', () => {
    expect(() => guideRunsOf(drillsOf({ verdict: 'failed', reason: 'why' }), guide)).toThrow(
      'guide-ours ended failed: why',
    );
  });

  test('of a drill that was skipped keeps what was known of it', () => {
    const earlier = guideRunsOf(drillsOf({}), guide);
    expect(guideRunsOf(drillsOf({ verdict: 'skipped' }), guide, earlier)).toEqual(earlier);
    expect(guideRunsOf([], guide, earlier)).toEqual(earlier);
    expect(guideRunsOf(drillsOf({ verdict: 'skipped' }), guide)).toEqual([]);
  });
});

test('a page without marks is not written to', () => {
  expect(() => withGuideTable('# Page\n', [])).toThrow('the page has no <!-- guides');
});
