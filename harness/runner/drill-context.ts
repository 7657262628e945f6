import { join } from 'node:path';
import type { ExecutionContext } from '../runbook/execute.ts';
import { type Attempt, castOf, type Situation, variablesFor } from '../runbook/variables.ts';
import type { CleanupStack } from '../support/cleanup.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import type { Cluster } from '../targets/target.ts';
import type { DrillJournal } from './drill-journal.ts';
import type { DrillPlan } from './plan.ts';

/** What every phase of one drill has at hand. */
export interface DrillContext {
  plan: DrillPlan;
  runId: string;
  /** This drill's folder below the run's. */
  directory: string;
  journal: DrillJournal;
  cleanup: CleanupStack;
  /** Aborts when the user stops the run, the drill has taken too long, or it is broken off. */
  signal: AbortSignal;
  /** Aborted with a DrillError when what the hosts run on has ended. */
  broken: AbortController;
  clock: Clock;
  random: Random;
}

/** Why the faults that struck matter to a runbook. */
export interface Damage {
  lost: readonly string[];
  /** Member IDs by host, as they were before. */
  memberIds: Readonly<Record<string, string>>;
}

export const NO_DAMAGE: Damage = { lost: [], memberIds: {} };

/** Name of the snapshot in BACKUP_DIR. */
export const SNAPSHOT_NAME = 'etcd-snapshot.db';

export function snapshotFile(cluster: Cluster, name = SNAPSHOT_NAME): string {
  return join(cluster.backupDir, name);
}

/** How a runbook runs in this drill: who plays what, with which variables. */
export function executionContext(
  context: DrillContext,
  cluster: Cluster,
  attempt: Attempt,
  damage: Damage,
  overrides: Readonly<Record<string, string>>,
  snapshotName = SNAPSHOT_NAME,
): ExecutionContext {
  const { plan, journal } = context;
  const situation: Situation = {
    snapshotName,
    lost: damage.lost,
    memberIds: damage.memberIds,
    kubernetesVersion: plan.toolchain.kubernetes?.version,
  };
  return {
    cast: castOf(cluster, damage.lost),
    host: (name) => (name === cluster.operator.name ? cluster.operator : cluster.host(name)),
    variables: (host) => variablesFor(cluster, host, attempt, situation, overrides),
    backupDir: cluster.backupDir,
    signal: context.signal,
    onStep: (event) => journal.write({ ...event, round: journal.round }),
  };
}
