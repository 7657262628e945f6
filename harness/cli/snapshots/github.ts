import { appendFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { environmentError, messageOf } from '../../support/errors.ts';
import type { SnapshotReport, Unreadable } from './verdict-json.ts';
import { sizeText } from './verdict-text.ts';

/**
 * Workflow commands that GitHub shows beside the job, one for each error and warning.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function annotations(
  reports: readonly SnapshotReport[],
  unreadable: readonly Unreadable[] = [],
): string {
  const unread = unreadable.map(
    ({ file, why }) =>
      `::error title=${escapeProperty(`${basename(file)}: unreadable`)}::${escapeData(why)}\n`,
  );
  const found = reports.flatMap(({ file, findings }) =>
    findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ severity, code, message, cure }) => {
        const title = escapeProperty(`${basename(file)}: ${code}`);
        return `::${severity} title=${title}::${escapeData(`${message} → ${cure}`)}\n`;
      }),
  );
  return [...unread, ...found].join('');
}

/** Appends to the summary page of the job, when there is one. @throws DrillError (environment). */
export async function appendStepSummary(
  reports: readonly SnapshotReport[],
  unreadable: readonly Unreadable[] = [],
): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  try {
    await appendFile(file, stepSummary(reports, unreadable));
  } catch (thrown) {
    throw environmentError('write the summary of the job', messageOf(thrown));
  }
}

const MARK = { trusted: '✅', suspect: '⚠️', reject: '❌' };

export function stepSummary(
  reports: readonly SnapshotReport[],
  unreadable: readonly Unreadable[] = [],
): string {
  const rows = reports.map(
    ({ file, verdict, revision, liveKeys, sizeBytes, newestWrite }) =>
      `| ${MARK[verdict]} ${verdict} | ${cell(basename(file))} | ${revision} | ${liveKeys} | ${sizeText(sizeBytes)} | ${newestWrite ?? '–'} |`,
  );
  const reasons = reports.flatMap(({ file, findings }) =>
    findings.map(
      ({ severity, code, message, cure }) =>
        `| ${severity} | \`${code}\` | ${cell(basename(file))} | ${cell(message)} | ${cell(cure)} |`,
    ),
  );
  return [
    '### etcd snapshots',
    '',
    '| verdict | file | revision | keys | size | newest write |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...unreadable.map(
      ({ file }) => `| ${MARK.reject} unreadable | ${cell(basename(file))} | – | – | – | – |`,
    ),
    '',
    ...(reasons.length === 0
      ? []
      : ['| | code | file | what | what to do |', '|---|---|---|---|---|', ...reasons, '']),
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
