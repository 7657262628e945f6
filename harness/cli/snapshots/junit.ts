import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeJUnit } from '../../../reports/junit/feed.ts';
import type { Case, Suite } from '../../../reports/junit/suites.ts';
import { systemClock } from '../../support/clock.ts';
import { environmentError, messageOf } from '../../support/errors.ts';
import { writeWholeFile } from '../../support/whole-file.ts';
import type { SnapshotReport, Unreadable } from './verdict-json.ts';

/**
 * One suite a snapshot: its verdict, and a case for each error and warning.
 * @throws DrillError (environment) when it cannot be written.
 */
export async function writeSnapshotJUnit(
  path: string,
  reports: readonly SnapshotReport[],
  unreadable: readonly Unreadable[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-junit-'));
  const made = join(folder, 'report.xml');
  try {
    await writeJUnit(made, 'kubedrill verify', [
      ...reports.map(suiteOf),
      ...unreadable.map(unreadableSuite),
    ]);
    await writeWholeFile(path, await readFile(made));
  } catch (thrown) {
    throw environmentError(`write the JUnit report ${path}`, messageOf(thrown));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function suiteOf(report: SnapshotReport): Suite {
  const { file, verdict, revision, hash, newestWrite } = report;
  return {
    name: `snapshot ${basename(file)}`,
    file,
    startedAtMs: Date.parse(report.asOf),
    durationMs: 0,
    properties: {
      verdict,
      revision: String(revision),
      hash: String(hash),
      newestWrite: newestWrite ?? '',
    },
    cases: [verdictCase(report), ...findingCases(report)],
  };
}

function unreadableSuite({ file, why }: Unreadable): Suite {
  const outcome = { type: 'Failure', message: 'it could not be read', details: why } as const;
  return {
    name: `snapshot ${basename(file)}`,
    file,
    startedAtMs: systemClock.nowMs(),
    durationMs: 0,
    properties: {},
    cases: [caseOf('verdict', outcome)],
  };
}

function verdictCase({ verdict }: SnapshotReport): Case {
  const trusted = verdict === 'trusted';
  const type = verdict === 'reject' ? 'Failure' : 'Inconclusive';
  const message = `the verdict is ${verdict}`;
  return caseOf('verdict', trusted ? 'passed' : { type, message, details: message });
}

/** A finding that was allowed, or leads to no more than trust, is told and does not fail. */
function findingCases({ verdict, findings }: SnapshotReport): Case[] {
  return findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, message, cure, where }) => {
      const details = `${message}\n${where}\n→ ${cure}`;
      if (verdict === 'trusted') return { ...caseOf(code, 'passed'), output: [details] };
      const type = verdict === 'reject' ? 'Failure' : 'Inconclusive';
      return caseOf(code, { type, message, details });
    });
}

function caseOf(name: string, outcome: Case['outcome']): Case {
  return { name, durationMs: 0, outcome, output: [], attachments: [] };
}
