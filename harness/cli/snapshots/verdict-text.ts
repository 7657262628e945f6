import { styleText } from 'node:util';
import type { Severity } from '../../model/finding.ts';
import { describeObject } from '../../model/finding.ts';
import type { SnapshotVerdict } from '../../model/verdict.ts';
import { printable } from './printable.ts';
import type { SnapshotReport } from './verdict-json.ts';

/** What fits into two lines; JSON names more. */
const OBJECTS_MAX = 5;

type Style = Parameters<typeof styleText>[0];

const VERDICT: Record<SnapshotVerdict, { style: Style; meaning: string }> = {
  trusted: { style: 'green', meaning: 'whole, and nothing in it will hinder a restore' },
  suspect: { style: 'yellow', meaning: 'readable, but somebody has to decide' },
  reject: { style: 'red', meaning: 'do not restore it' },
};

const SEVERITY_STYLE: Record<Severity, Style> = { error: 'red', warning: 'yellow', info: 'dim' };

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/**
 * A verdict for a person in a hurry: the word, the facts in one line, then what to do.
 * @param allowed codes that did not count.
 */
export function verdictText(report: SnapshotReport, allowed: ReadonlySet<string>): string {
  const { style, meaning } = VERDICT[report.verdict];
  const lines = [
    `${report.file}: ${styled(style, report.verdict.toUpperCase())}, ${meaning}`,
    `  ${factsOf(report)}`,
  ];
  for (const { severity, code, message, cure, objects, objectCount } of report.findings) {
    const word = styled(SEVERITY_STYLE[severity], severity.padEnd(8));
    const mark = allowed.has(code) && report.verdict !== 'reject' ? ' (allowed)' : '';
    lines.push(`  ${word} ${code}${mark}: ${printable(message)}`);
    if (objectCount > 1) {
      const shown = objects.slice(0, OBJECTS_MAX).map(describeObject);
      const more = objectCount > shown.length ? `, … (${objectCount} in all)` : '';
      lines.push(`           objects: ${printable(shown.join(', '))}${more}`);
    }
    if (severity !== 'info') lines.push(`           → ${printable(cure)}`);
  }
  return `${lines.join('\n')}\n`;
}

function factsOf(report: SnapshotReport): string {
  const { sha256, storageVersion, clusterVersion } = report;
  const objects = report.resources.reduce((sum, { count }) => sum + count, 0);
  const version = storageVersion ?? clusterVersion;
  const facts = [
    `revision ${report.revision}`,
    `${report.liveKeys} keys (${objects} of Kubernetes)`,
    sizeText(report.sizeBytes),
    ...(version === null ? [] : [`etcd ${version}`]),
    `${report.members.length} member${report.members.length === 1 ? '' : 's'}`,
    sha256.present ? `SHA-256 ${sha256.valid ? 'ok' : 'wrong'}` : 'no SHA-256',
    ...(report.newestWrite === null ? [] : [`newest write ${report.newestWrite}`]),
    ...(report.compression === null ? [] : [`${report.compression}-compressed`]),
  ];
  return facts.join(', ');
}

/** `978.9 kB`, `1.4 GB` */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
