import { executeRunbook } from '../../runbook/execute.ts';
import { newAttempt } from '../../runbook/variables.ts';
import { judgeSnapshot } from '../../snapshot/judge.ts';
import { openSnapshot } from '../../snapshot/open-snapshot.ts';
import type { Cluster } from '../../targets/target.ts';
import {
  type DrillContext,
  executionContext,
  NO_DAMAGE,
  SNAPSHOT_NAME,
  snapshotFile,
} from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';
import { journaledRunbook } from './journaled-runbook.ts';

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
  const revision = await verify(context, snapshotFile(cluster));
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
}

/** @returns its revision. */
async function verify(context: DrillContext, file: string): Promise<number> {
  await using reading = await openSnapshot(file);
  const { figures } = reading;
  const { verdict, findings } = await judgeSnapshot(reading, { asOfMs: context.clock.nowMs() });
  context.journal.write({
    type: 'snapshot',
    file,
    verdict,
    sizeBytes: figures.sizeBytes,
    revision: figures.revision,
    liveKeys: figures.liveKeys,
    findingCodes: findings.map(({ code }) => code),
  });
  if (verdict === 'reject') {
    const [first] = findings.filter(({ severity }) => severity === 'error');
    throw new DrillEnd(
      'failed',
      `the backup just made must not be restored: ${first?.message ?? verdict}`,
    );
  }
  return figures.revision;
}
