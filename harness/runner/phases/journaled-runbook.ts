import type { Runbook } from '../../model/runbook.ts';
import { messageOf } from '../../support/errors.ts';
import type { DrillContext } from '../drill-context.ts';

/** Runs a runbook between its two events. Rethrows what stopped it. */
export async function journaledRunbook(
  { journal, clock }: DrillContext,
  runbook: Runbook,
  act: () => Promise<unknown>,
): Promise<void> {
  const { round } = journal;
  const { name, file, sha256, frontMatter } = runbook;
  const startMs = clock.monotonicMs();
  const { substitutions } = frontMatter;
  journal.write({ type: 'runbook-started', round, name, file, sha256, substitutions });
  const end = (verdict: 'ok' | 'failed', reason: string | null) =>
    journal.write({
      type: 'runbook-ended',
      round,
      name,
      verdict,
      reason,
      durationMs: Math.round(clock.monotonicMs() - startMs),
    });
  try {
    await act();
    end('ok', null);
  } catch (thrown) {
    end('failed', messageOf(thrown));
    throw thrown;
  }
}
