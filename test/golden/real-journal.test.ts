import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordSchema } from '../../harness/model/record.ts';
import { readJournal } from '../../harness/runner/journal-reading.ts';
import { foldRecord } from '../../reports/record.ts';
import { linesReporter } from '../../reports/terminal/lines.ts';
import { PLAIN_PAGE } from '../../reports/terminal/page.ts';
import { summaryText } from '../../reports/terminal/summary.ts';
import { FakeTerminal } from '../unit/reports/terminal/screen.ts';

/** Written by `kubedrill run quorum-loss --kubernetes none`; only the folders were renamed. */
const path = join(import.meta.dirname, 'fixtures', 'quorum-loss.ndjson');

afterEach(() => vi.unstubAllEnvs());

describe('the journal of a real drill', () => {
  it('makes a valid record', async () => {
    const record = foldRecord(await readJournal(path));
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({ complete: true, verdict: 'passed', exitCode: 0 });
    expect(record.drills[0]?.runbooks.flatMap(({ steps }) => steps)).not.toContainEqual(
      expect.objectContaining({ durationMs: null }),
    );
  });

  it('makes the summary that the drill ended with', async () => {
    const summary = summaryText(foldRecord(await readJournal(path)), PLAIN_PAGE);
    await expect(summary).toMatchFileSnapshot('fixtures/quorum-loss.summary.txt');
  });

  it('makes the log that a pipe gets', async () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const log = new FakeTerminal({ isTTY: false, colours: 1 });
    const reporter = linesReporter(log);
    for (const event of await readJournal(path)) reporter.onEvent?.(event);
    await expect(log.raw).toMatchFileSnapshot('fixtures/quorum-loss.log');
  });
});
