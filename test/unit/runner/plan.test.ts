import { describe, expect, it } from 'vitest';
import { describePlan } from '../../../harness/runner/describe-plan.ts';
import { hostNamesOf, planFromJson } from '../../../harness/runner/plan.ts';
import { runbook, somePlan, someRun } from './some-plan.ts';

describe('the plan of a run', () => {
  it('is the same after its way through a file', () => {
    const run = someRun(somePlan(), somePlan({ topology: { controlPlanes: 0 } }));
    expect(planFromJson(JSON.stringify(run))).toEqual(run);
  });

  it('is refused when it is none', () => {
    expect(() => planFromJson('{"runId":"x"}')).toThrow();
  });

  it('names hosts by what they do', () => {
    const { scenario } = somePlan({ topology: { members: 3, controlPlanes: 2 } });
    expect(hostNamesOf(scenario)).toEqual(['cp-1', 'cp-2', 'etcd-3']);
  });
});

describe('the plan for a person', () => {
  it('says what is made and broken, what must show, and which tools', () => {
    const symptoms = { findings: ['member-unreachable', 'no-leader'] };
    const text = describePlan(someRun(somePlan({ symptoms })));
    for (const line of [
      'run 20261120-173106-a1b2, seed 7, into /runs/1',
      'ours: Our own drill',
      '  hosts       cp-1, cp-2, cp-3',
      '  services    etcd, kube-apiserver',
      '  objects     about 300',
      '  faults      power-off on majority {"wipe":true}',
      '  must show   quorum lost',
      '  must find   member-unreachable, no-leader',
      '    etcd 3.6.16 (cache) /t/etcd',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it("calls kind's nodes as kind will, workers too", () => {
    const drill = { ...somePlan({ topology: { workers: 1 } }), target: 'kind' as const };
    expect(describePlan(someRun(drill)).split('\n')).toContain(
      '  hosts       kd-a1b2-control-plane, kd-a1b2-control-plane2, kd-a1b2-control-plane3, kd-a1b2-worker',
    );
  });

  it('shows every command of every runbook, and on which hosts', () => {
    const text = describePlan(someRun(somePlan()));
    for (const { steps } of [runbook('snapshot-save'), runbook('restore-all-members')]) {
      for (const { title, blocks } of steps) {
        expect(text).toContain(`. ${title}\n`);
        for (const { on, script } of blocks) {
          expect(text).toContain(`# on ${on}`);
          for (const line of script.trimEnd().split('\n')) expect(text).toContain(line);
        }
      }
    }
  });

  it('says what a recovery is given and what it is expected to find', () => {
    const recovery = [
      {
        runbook: 'restore-all-members',
        variables: { REVISION_BUMP: '5' },
        expect: { findings: ['revision-rewound'] },
      },
    ];
    const text = describePlan(someRun(somePlan({ recovery, topology: { tls: false } })));
    expect(text).toContain('    with REVISION_BUMP=5\n');
    expect(text).toContain('    expected findings: revision-rewound\n');
    expect(text).toContain('without TLS\n');
  });
});
