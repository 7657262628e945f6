import { executeRunbook } from '../../runbook/execute.ts';
import { newAttempt } from '../../runbook/variables.ts';
import type { Cluster } from '../../targets/target.ts';
import {
  type DrillContext,
  executionContext,
  NO_DAMAGE,
  SNAPSHOT_NAME,
  snapshotFile,
} from '../drill-context.ts';
import { journaledRunbook } from './journaled-runbook.ts';
import { requireRestorable } from './restorable.ts';

/** The backup that the drill will go back to. */
export interface Backup {
  /** As the harness sees it. */
  file: string;
  /** When its last block ended; milliseconds since 1970. */
  takenAtMs: number;
  revision: number;
}

/**
 * Takes the backup by its runbook and verifies the file just made.
 * @param writesBetween called between the snapshots of `from: each-member`, so that they differ.
 * @throws DrillEnd (failed) when the file is rejected: a drill that goes on with it proves nothing.
 */
export async function backup(
  context: DrillContext,
  cluster: Cluster,
  writesBetween: () => Promise<void>,
): Promise<Backup> {
  const { plan } = context;
  await saveAs(context, cluster, SNAPSHOT_NAME);
  const takenAtMs = context.clock.nowMs();
  const revision = await requireRestorable(
    context,
    snapshotFile(cluster),
    'the backup just made',
    plan.snapshot?.etcdPrefix,
  );
  if (plan.scenario.backup.from === 'each-member') {
    for (const member of cluster.members) {
      await writesBetween();
      await saveAs(context, cluster, `${member.host}.db`);
    }
  }
  return { file: snapshotFile(cluster), takenAtMs, revision };
}

async function saveAs(context: DrillContext, cluster: Cluster, name: string): Promise<void> {
  const { plan, clock, random } = context;
  const attempt = newAttempt(clock, random);
  const execution = executionContext(context, cluster, attempt, NO_DAMAGE, {}, name);
  await journaledRunbook(context, plan.backupRunbook, () =>
    executeRunbook(plan.backupRunbook, execution),
  );
  await cluster.takeBackups?.();
}
