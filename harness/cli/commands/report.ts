import { join } from 'node:path';
import { Command } from 'commander';
import type { RunRecord } from '../../model/record.ts';
import { messageOf, usageError } from '../../support/errors.ts';

interface ReportOptions {
  json?: true;
  junit?: string;
  html?: string;
  out?: string;
  runs: string;
}

const EXAMPLES = `Examples:
  kubedrill report latest                     the summary of the newest run
  kubedrill report latest --json              its record, as one JSON document
  kubedrill report 20261120-173106-a1b2 --junit drills.xml
  kubedrill report latest --html drill.html   one page for a browser, also to be printed
  kubedrill report ./evidence/events.ndjson   a journal from elsewhere
`;

/**
 * `kubedrill report RUN|latest`: every report is made from the journal, so it can be made again.
 */
export function reportCommand(): Command {
  return new Command('report')
    .description(
      'Shows a run again from its journal; the exit code says only whether it could be read.',
    )
    .argument('<run>', '`latest`, a run id, its folder, or an events.ndjson')
    .option('--json', 'print the record of the run on standard output')
    .option('--junit <file>', 'write a JUnit report')
    .option('--html <file>', 'write the whole run as one page for a browser')
    .option('--out <dir>', 'write record.json, junit.xml, report.html and summary.txt there')
    .option('--runs <dir>', 'where the folders of runs are', 'kubedrill-runs')
    .addHelpText('before', EXAMPLES)
    .action(reportAgain);
}

async function reportAgain(run: string, options: ReportOptions): Promise<void> {
  const { findJournal } = await import('../runs.ts');
  const record = await readRecord(await findJournal(run, options.runs));
  if (options.junit !== undefined) await writeJUnit(options.junit, record);
  if (options.html !== undefined) await writeHtml(options.html, record);
  if (options.out !== undefined) await writeAll(options.out, record);
  process.stdout.write(options.json ? await jsonOf(record) : await summaryOf(record));
}

/** @throws DrillError (kind usage) when the file is no journal of this version. */
async function readRecord(path: string): Promise<RunRecord> {
  const { readJournal } = await import('../../runner/journal-reading.ts');
  const { foldRecord } = await import('../../../reports/record.ts');
  const { recordSchema } = await import('../../model/record.ts');
  const events = await readJournal(path);
  try {
    return recordSchema.parse(foldRecord(events));
  } catch (thrown) {
    throw usageError(
      `read ${path}`,
      `its events make no record of version 1: ${messageOf(thrown)}`,
      'use the version of kubedrill that made the run',
    );
  }
}

async function writeAll(directory: string, record: RunRecord): Promise<void> {
  const { writeWholeFile } = await import('../../support/whole-file.ts');
  await writeWholeFile(join(directory, 'record.json'), await jsonOf(record));
  await writeWholeFile(join(directory, 'summary.txt'), await plainSummaryOf(record));
  await writeJUnit(join(directory, 'junit.xml'), record);
  await writeHtml(join(directory, 'report.html'), record);
}

async function writeJUnit(path: string, record: RunRecord): Promise<void> {
  const { writeJUnitReport } = await import('../../../reports/junit/junit.ts');
  await writeJUnitReport(path, record);
}

async function writeHtml(path: string, record: RunRecord): Promise<void> {
  const { writeHtmlReport } = await import('../../../reports/html/html.ts');
  await writeHtmlReport(path, record);
}

async function jsonOf(record: RunRecord): Promise<string> {
  return (await import('../../../reports/json.ts')).recordText(record);
}

async function summaryOf(record: RunRecord): Promise<string> {
  const { summaryText } = await import('../../../reports/terminal/summary.ts');
  const { pageFor } = await import('../../../reports/terminal/page.ts');
  return summaryText(record, pageFor(process.stdout));
}

async function plainSummaryOf(record: RunRecord): Promise<string> {
  const { summaryText } = await import('../../../reports/terminal/summary.ts');
  const { PLAIN_PAGE } = await import('../../../reports/terminal/page.ts');
  return summaryText(record, PLAIN_PAGE);
}
