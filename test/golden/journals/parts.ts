import type { EventBody } from '../../../harness/model/event.ts';
import type { Phase } from '../../../harness/model/phase.ts';

type Happened = [elapsedMs: number, EventBody];

/** A phase in which nothing was journaled. */
export function quietPhase(phase: Phase, startMs: number, endMs: number, round = 0): Happened[] {
  return [
    [startMs, { type: 'phase-started', drill: 0, phase, round }],
    [endMs, endOfPhase(phase, endMs - startMs, round)],
  ];
}

export function endOfPhase(
  phase: Phase,
  durationMs: number,
  round = 0,
  failure: string | null = null,
): EventBody {
  const verdict = failure === null ? 'ok' : 'failed';
  return { type: 'phase-ended', drill: 0, phase, round, durationMs, verdict, reason: failure };
}

export function passedCheck(check: string, title: string, phase: Phase, round: number): EventBody {
  return {
    type: 'check',
    drill: 0,
    phase,
    round,
    check,
    title,
    durationMs: 4,
    verdict: 'pass',
    reason: null,
    findings: [],
  };
}

const CHECKS = [
  ['identity', 'The members are different, know each other and hold the same data.'],
  ['alarms', 'No member has raised an alarm.'],
  ['object-counts', 'etcd and each API server hold as many objects of each kind as the backup.'],
] as const;

export function passedChecks(phase: Phase, round: number, atMs: number): Happened[] {
  return CHECKS.map(([check, title]): Happened => [atMs, passedCheck(check, title, phase, round)]);
}

/** The beginning of a quorum-loss drill, up to the fault and its impact; 6 s. */
export function opening(argv: string[], runbookOfBackup = 'snapshot-save'): Happened[] {
  return [
    [
      0,
      {
        type: 'run-started',
        runId: '20261120-173106-a1b2',
        schemaVersion: 1,
        seed: 4711,
        argv,
        directory: 'kubedrill-runs/20261120-173106-a1b2',
      },
    ],
    [
      10,
      {
        type: 'drill-started',
        drill: 0,
        scenario: 'quorum-loss',
        summary: 'Two of three etcd members lose their data',
        scenarioFile: 'scenarios/drills/quorum-loss/scenario.yaml',
        target: 'process',
        seed: 4711,
        parameters: { objects: 300 },
        versions: { etcd: '3.6.16', kubernetes: '1.36.3' },
        tools: [
          {
            tool: 'etcd',
            version: '3.6.16',
            path: '/home/ann/.cache/kubedrill/etcd',
            source: 'go',
          },
        ],
      },
    ],
    ...quietPhase('preflight', 10, 120),
    ...quietPhase('provision', 120, 3300),
    ...quietPhase('populate', 3300, 4100),
    [4100, { type: 'phase-started', drill: 0, phase: 'baseline', round: 0 }],
    ...passedChecks('baseline', 0, 4300),
    [4400, endOfPhase('baseline', 300)],
    ...backup(runbookOfBackup),
    ...quietPhase('write-after-backup', 4700, 4900),
    [4900, { type: 'phase-started', drill: 0, phase: 'inject', round: 0 }],
    [
      5000,
      {
        type: 'fault',
        drill: 0,
        call: { fault: 'wipe', hosts: 'majority', with: {} },
        hosts: ['etcd-2', 'etcd-3'],
        took: 'effect',
        evidence: 'the data directories are empty and no etcd runs there',
      },
    ],
    [5000, endOfPhase('inject', 100)],
    [5000, { type: 'phase-started', drill: 0, phase: 'impact', round: 0 }],
    [
      5200,
      {
        type: 'waiting',
        drill: 0,
        description: 'the quorum is lost',
        saw: 'etcd-1 still answers as leader',
        waitedMs: 200,
      },
    ],
    [6000, { type: 'milestone', drill: 0, name: 'detectedMs', afterMs: 1000 }],
    [6000, endOfPhase('impact', 1000)],
  ];
}

function backup(name: string): Happened[] {
  return [
    [4400, { type: 'phase-started', drill: 0, phase: 'backup', round: 0 }],
    [4410, startOfRunbook(name, 0)],
    [
      4420,
      startOfStep(name, 1, 'Save a snapshot', 'etcd-1', 'etcdctl snapshot save "$SNAPSHOT"', 0),
    ],
    [
      4600,
      endOfStep(name, 1, 'Save a snapshot', 'etcd-1', 180, 'Snapshot saved at /backup/a.db', 0),
    ],
    [
      4600,
      {
        type: 'runbook-ended',
        drill: 0,
        round: 0,
        name,
        verdict: 'ok',
        reason: null,
        durationMs: 190,
      },
    ],
    [
      4690,
      {
        type: 'snapshot',
        drill: 0,
        file: '/backup/a.db',
        verdict: 'trusted',
        sizeBytes: 1_245_184,
        revision: 412,
        liveKeys: 361,
        findingCodes: [],
      },
    ],
    [4700, endOfPhase('backup', 300)],
  ];
}

export function startOfRunbook(
  name: string,
  round: number,
  substitutions: { from: string; to: string; why: string }[] = [],
): EventBody {
  return {
    type: 'runbook-started',
    drill: 0,
    round,
    name,
    file: `scenarios/runbooks/${name}.md`,
    sha256: '9f2c4a71e0b35d8826f1c94d07a3be5512c6d8f0a94e7b31c5d20f68be917a43',
    substitutions,
  };
}

export function startOfStep(
  runbook: string,
  step: number,
  title: string,
  host: string,
  command: string,
  round = 1,
  added = false,
): EventBody {
  return { type: 'step-started', drill: 0, round, runbook, step, title, host, command, added };
}

export function endOfStep(
  runbook: string,
  step: number,
  title: string,
  host: string,
  durationMs: number,
  output = '',
  round = 1,
): EventBody {
  return {
    type: 'step-ended',
    drill: 0,
    round,
    runbook,
    step,
    title,
    host,
    exitCode: 0,
    problem: null,
    durationMs,
    output,
  };
}
