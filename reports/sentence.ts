import type { JournalEvent } from '../harness/model/event.ts';
import { milestoneName } from '../harness/model/milestone.ts';
import { count, duration, plain, size } from './text.ts';

/** What an event says in one line; output of commands is left to the summary. */
export function describeEvent(event: JournalEvent): string {
  return plain(sentenceFor(event)).replaceAll('\n', ' ');
}

function sentenceFor(event: JournalEvent): string {
  switch (event.type) {
    case 'run-started':
      return `run ${event.runId}, seed ${event.seed}, evidence in ${event.directory}`;
    case 'drill-started':
      return `drill ${event.scenario} on ${event.target}, seed ${event.seed}: ${event.summary}`;
    case 'phase-started':
      return `${phaseName(event)}`;
    case 'phase-ended':
      return `${phaseName(event)} ${howItEnded(event)}`;
    case 'note':
      return event.level === 'warning' ? `warning: ${event.message}` : event.message;
    case 'waiting':
      return `waiting until ${event.description}, ${duration(event.waitedMs)} so far: ${event.saw}`;
    case 'service':
      return event.unit === 'host'
        ? `${event.host}: ${event.action}`
        : `${event.action} ${event.unit} on ${event.host}`;
    case 'fault':
      return `${describeFault(event)}: ${event.evidence}`;
    case 'runbook-started':
      return `runbook ${event.name}`;
    case 'step-started':
      return `${stepName(event)}`;
    case 'step-ended':
      return `${endedStepName(event)} after ${duration(event.durationMs)}`;
    case 'runbook-ended':
      return `runbook ${event.name} ${howItEnded(event)}`;
    case 'check':
      return `check ${event.check}: ${event.verdict}${because(whyOfCheck(event))}`;
    case 'snapshot':
      return `snapshot ${event.file} ${describeSnapshot(event)}`;
    case 'expectation':
      return describeExpectation(event);
    case 'interrupted':
      return `${event.signal}: stopping and tearing down; once more stops at once`;
    case 'milestone':
      return `${milestoneName(event.name)} ${duration(event.afterMs)} after the fault`;
    case 'outage':
      return describeOutage(event.outage);
    case 'left':
      return `left behind: ${event.what}: ${event.why}`;
    case 'drill-ended':
      return `drill ${howItEnded(event)}`;
    case 'run-ended':
      return `run ${howItEnded({ ...event, reason: null })}, exit code ${event.exitCode}`;
  }
}

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

/** `recover (2)` for the second recovery; other phases happen once, in whatever round. */
export function phaseName({ phase, round }: { phase: string; round: number }): string {
  const repeats = phase === 'recover' || phase === 'settle' || phase === 'verify';
  return repeats && round > 1 ? `${phase} (${round})` : phase;
}

interface StepPlace {
  step: number;
  title: string;
  host: string;
}

export function stepName({ step, title, host }: StepPlace): string {
  return `step ${step}, "${titleOf(step, title)}", on ${host}`;
}

/** A heading without its own number where that says the same as the step's: `3. Stop etcd`. */
export function titleOf(step: number, title: string): string {
  const [whole, number] = /^(\d+)[.)]\s+/.exec(title) ?? [];
  return whole !== undefined && Number(number) === step ? title.slice(whole.length) : title;
}

/** The title was told when the step began; it is told again when that went wrong. */
function endedStepName(event: EventOf<'step-ended'>): string {
  return event.problem === null
    ? `step ${event.step} on ${event.host} done`
    : `${stepName(event)}: ${event.problem}`;
}

export function describeFault({
  call,
  hosts,
  took,
}: Pick<EventOf<'fault'>, 'call' | 'hosts' | 'took'>): string {
  const effect = took === 'effect' ? '' : ' without effect';
  return `fault ${call.fault} on ${hosts.join(', ')}${effect}`;
}

export function describeSnapshot(snapshot: {
  verdict: string;
  sizeBytes: number;
  revision: number;
  liveKeys: number;
  findingCodes: string[];
}): string {
  const { verdict, sizeBytes, revision, liveKeys, findingCodes } = snapshot;
  const findings = findingCodes.length === 0 ? '' : ` (${findingCodes.join(', ')})`;
  const figures = [size(sizeBytes), `revision ${revision}`, count(liveKeys, 'key')];
  return `${verdict}${findings}: ${figures.join(', ')}`;
}

function describeOutage(outage: EventOf<'outage'>['outage']): string {
  const tookMs = outage.endMs - outage.startMs;
  const how = outage.lasting ? 'was still out after' : 'was out for';
  return `${whoWasOut(outage)} ${how} ${duration(tookMs)}${budgetOf([outage])}`;
}

/** Of what is out, and nothing where there is none: `, budget 2 min 00 s`. */
export function budgetOf(outages: readonly EventOf<'outage'>['outage'][]): string {
  const budgetMs = outages.find((outage) => outage.budgetMs !== undefined)?.budgetMs;
  return budgetMs === undefined ? '' : `, budget ${duration(budgetMs)}`;
}

/** `dns`, or of it `dns, SRV`. */
export function whoWasOut({ probe, part }: EventOf<'outage'>['outage']): string {
  return part === undefined ? probe : `${probe}, ${part}`;
}

function whyOfCheck({ reason, findings }: EventOf<'check'>): string | null {
  const codes = [...new Set(findings.map(({ code }) => code))];
  return reason ?? (codes.length > 0 ? codes.join(', ') : null);
}

export function describeExpectation(expectation: {
  findings: string[];
  missing: string[];
  unexpected: string[];
}): string {
  const { findings, missing, unexpected } = expectation;
  if (missing.length === 0 && unexpected.length === 0) {
    return findings.length === 0
      ? 'as expected, nothing was found'
      : `as expected, found ${findings.join(', ')}`;
  }
  return [
    ...(missing.length > 0 ? [`expected but not found: ${missing.join(', ')}`] : []),
    ...(unexpected.length > 0 ? [`found but not expected: ${unexpected.join(', ')}`] : []),
  ].join('; ');
}

function howItEnded(ended: { verdict: string; durationMs: number; reason: string | null }): string {
  return `${ended.verdict} after ${duration(ended.durationMs)}${because(ended.reason)}`;
}

function because(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: ${reason}`;
}
