import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '../support/errors.ts';

export const RUNS_DIRECTORY = 'kubedrill-runs';
export const JOURNAL_NAME = 'events.ndjson';

/**
 * The journal that `run` means: `latest`, a run id, a run's folder, or a journal itself.
 * @throws DrillError (kind usage) when there is none.
 */
export async function findJournal(run: string, runsDirectory = RUNS_DIRECTORY): Promise<string> {
  if (run !== 'latest' && existsSync(run)) {
    const journal = statSync(run).isDirectory() ? join(run, JOURNAL_NAME) : run;
    if (existsSync(journal)) return journal;
    throw usageError(`find the run ${run}`, `there is no ${JOURNAL_NAME} in that folder`);
  }
  const ids = await runIds(runsDirectory);
  const id = run === 'latest' ? ids.at(-1) : ids.find((each) => each === run);
  if (id !== undefined) return join(runsDirectory, id, JOURNAL_NAME);
  if (ids.length === 0) {
    throw usageError(
      `find the run ${run}`,
      `no run is in ${runsDirectory}`,
      'kubedrill run quorum-loss    (or name the folder of a run, or give --runs)',
    );
  }
  throw usageError(
    `find the run ${run}`,
    `it is not in ${runsDirectory}; the newest there are ${ids.slice(-3).join(', ')}`,
    'kubedrill report latest',
  );
}

/** Ids of the runs that have a journal, the oldest first: an id begins with its time. */
async function runIds(runsDirectory: string): Promise<string[]> {
  if (!existsSync(runsDirectory)) return [];
  const names = await readdir(runsDirectory);
  return names.filter((name) => existsSync(join(runsDirectory, name, JOURNAL_NAME))).sort();
}
