import type { Runbook } from '../../../harness/model/runbook.ts';
import { scenarioSchema } from '../../../harness/model/scenario.ts';
import { loadRunbook } from '../../../harness/runbook/library.ts';
import type { DrillPlan, RunPlan } from '../../../harness/runner/plan.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

/** A shipped runbook, or one of the given text's name. */
export function runbook(name: string): Runbook {
  return loadRunbook(name, packageRoot).runbook;
}

/** A plan as `makeDrillPlan` makes it, of tools that nobody starts. */
export function somePlan(
  scenario: Record<string, unknown> = {},
  changes: Partial<DrillPlan> = {},
): DrillPlan {
  const parsed = scenarioSchema.parse({
    name: 'ours',
    summary: 'Our own drill',
    faults: [{ fault: 'power-off', hosts: 'majority', with: { wipe: true } }],
    recovery: [{ runbook: 'restore-all-members' }],
    ...scenario,
  });
  return {
    scenario: parsed,
    scenarioFile: '/drills/ours/scenario.yaml',
    target: 'process',
    nodeImage: undefined,
    ingress: undefined,
    seed: 7,
    toolchain: {
      etcd: { version: '3.6.16', etcd: '/t/etcd', etcdctl: '/t/etcdctl', etcdutl: '/t/etcdutl' },
      sources: [
        {
          product: 'etcd',
          tool: 'etcd',
          version: '3.6.16',
          source: 'cache',
          path: '/t/etcd',
          passedOver: [],
        },
      ],
    },
    installs: [],
    backupRunbook: runbook('snapshot-save'),
    changesAfter: [],
    recovery: parsed.recovery.map((entry) => ({ entry, runbook: runbook(entry.runbook) })),
    runbookGiven: false,
    snapshot: undefined,
    reproduce: 'kubedrill run ours --seed 7',
    ...changes,
  };
}

export function someRun(...drills: DrillPlan[]): RunPlan {
  return {
    runId: '20261120-173106-a1b2',
    directory: '/runs/1',
    argv: ['run', 'ours'],
    seed: 7,
    keep: 'failure',
    pauseAfter: undefined,
    runWorkloads: false,
    json: false,
    eventsFile: undefined,
    junitFile: undefined,
    drills,
  };
}
