import { styleText } from 'node:util';
import { counted, lasted, listed } from '../../checks/wording.ts';
import type { Diagnosis } from '../../diagnose/index.ts';
import { STAGE_TITLES } from '../../diagnose/stages.ts';
import { describeObject } from '../../model/finding.ts';
import { shellWord } from '../../snapshot/hazards/wording.ts';
import { printable } from '../snapshots/printable.ts';
import type { OrderedFinding, Outcome } from './outcome.ts';

type Style = Parameters<typeof styleText>[0];

const WIDTH_MAX = 110;
const OBJECTS_MAX = 5;

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** The verdict and the first cure on top: whoever reads it has a cluster that is down. */
export function outcomeText(outcome: Outcome): string {
  const { findings, diagnoses } = outcome;
  const blocks = [
    [headline(outcome), `  ${aboutOf(outcome)}`, ...wayIn(outcome)],
    ...findings.map((found) => findingLines(found, findings.length)),
    section('Not known', diagnoses, 'unknown', '?'),
    section('Seen in part', diagnoses, 'fail', '?'),
    passed(diagnoses),
    section('Not asked', diagnoses, 'skipped', '·'),
  ].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function nobodyAnswered({ apiServers, etcd }: Outcome): boolean {
  return [...apiServers, ...etcd].every(({ problem }) => problem !== null);
}

/** Where nobody answers, every detector says so, and none says what to do. */
function wayIn(outcome: Outcome): string[] {
  if (!nobodyAnswered(outcome)) return [];
  const { kubeconfig, context } = outcome;
  const ask = `kubectl --kubeconfig ${shellWord(kubeconfig)} --context ${shellWord(context)} get --raw /readyz`;
  // A command to paste stands on a line of its own, however long it is.
  return ['  → see what stands between here and the cluster:', `    ${printable(ask)}`];
}

function headline(outcome: Outcome): string {
  const { verdict, findings, diagnoses } = outcome;
  if (nobodyAnswered(outcome)) return styled('yellow', '? nothing is known: nobody answered');
  const unknown = diagnoses.filter(({ examination }) => examination.verdict === 'unknown').length;
  const blind = unknown === 0 ? '' : `; ${counted(unknown, 'detector')} could not look`;
  if (verdict === 'findings') {
    const order = findings.length === 1 ? 'the cure is below it' : 'apply the cures in this order';
    return `${styled('red', `✘ ${counted(findings.length, 'finding')}`)}, ${order}${blind}`;
  }
  if (verdict === 'unknown')
    return styled('yellow', `? nothing was found, but not all was seen${blind}`);
  return styled('green', '✔ nothing was found');
}

function aboutOf({ context, apiServers, etcd, startedAtMs, tookMs, canary }: Outcome): string {
  const answering = apiServers.filter(({ problem }) => problem === null).length;
  const parts = [
    `context ${context}`,
    `${answering} of ${counted(apiServers.length, 'API server')} (${listed(apiServers.map(({ name }) => name))})`,
    etcd.length === 0 ? 'etcd not asked' : `${counted(etcd.length, 'etcd member')}`,
    canary ? 'canaries written and removed' : 'nothing written',
    `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`,
    lasted(tookMs),
  ];
  return printable(parts.join(' · '));
}

function findingLines({ order, stage, finding }: OrderedFinding, all: number): string[] {
  const { severity, code, message, cure, objects, objectCount } = finding;
  const style = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'dim';
  const number = all > 1 ? `${order}. ` : '';
  const shown = objects.slice(0, OBJECTS_MAX).map(describeObject).join(', ');
  const more = objectCount > OBJECTS_MAX ? `, … (${objectCount} in all)` : '';
  return [
    `${styled('bold', `${number}${STAGE_TITLES[stage]}`)}  ${styled(style, code)}`,
    ...wrapped(message, '   '),
    ...(objectCount > 1 ? wrapped(`objects: ${shown}${more}`, '   ') : []),
    ...wrapped(cure, '   → ', '     '),
  ];
}

function section(
  title: string,
  diagnoses: readonly Diagnosis[],
  verdict: string,
  mark: string,
): string[] {
  const rows = diagnoses.filter(
    ({ examination }) => examination.verdict === verdict && examination.reason !== null,
  );
  if (rows.length === 0) return [];
  // One cause, as an API server that does not answer, keeps many from looking.
  const byReason = Map.groupBy(rows, ({ examination }) => examination.reason ?? '');
  return [
    styled('bold', title),
    ...[...byReason].flatMap(([reason, same]) =>
      wrapped(
        `${listed(same.map(({ detector }) => detector.name))}: ${reason}`,
        `  ${mark} `,
        '    ',
      ),
    ),
  ];
}

function passed(diagnoses: readonly Diagnosis[]): string[] {
  const names = diagnoses
    .filter(({ examination }) => examination.verdict === 'pass')
    .map(({ detector }) => detector.name);
  return names.length === 0
    ? []
    : [styled('bold', 'In order'), ...wrapped(listed(names), '  ✔ ', '    ')];
}

/** Commands are never broken within a word. */
function wrapped(text: string, first: string, next = first): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of printable(text).split(' ')) {
    const start = lines.length === 0 ? first : next;
    if (line.length > start.length && line.length + 1 + word.length > WIDTH_MAX) {
      lines.push(line);
      line = next + word;
    } else line += line.length === start.length ? word : ` ${word}`;
  }
  return [...lines, line];
}
