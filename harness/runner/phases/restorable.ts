import { judgeSnapshot } from '../../snapshot/judge.ts';
import { openSnapshot } from '../../snapshot/open-snapshot.ts';
import type { DrillContext } from '../drill-context.ts';
import { DrillEnd } from '../drill-end.ts';

/**
 * Judges a snapshot file and journals the verdict.
 * @returns its revision.
 * @throws DrillEnd (failed) when it must not be restored.
 */
export async function requireRestorable(
  context: DrillContext,
  file: string,
  what: string,
  prefix: string | undefined,
): Promise<number> {
  await using reading = await openSnapshot(file);
  const { figures } = reading;
  const { verdict, findings } = await judgeSnapshot(reading, {
    asOfMs: context.clock.nowMs(),
    prefix,
  });
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
    throw new DrillEnd('failed', `${what} must not be restored: ${first?.message ?? verdict}`);
  }
  return figures.revision;
}
