import type { JournalEvent } from '../harness/model/event.ts';
import type {
  DrillRecord,
  Expectation,
  FoundFinding,
  PhaseRun,
  RunbookRun,
} from '../harness/model/record.ts';

export type DrillEvent = Extract<JournalEvent, { drill: number }>;
type EventOf<T extends DrillEvent['type']> = Extract<DrillEvent, { type: T }>;

/** Gathers the events of one drill. */
export class DrillFold {
  readonly #drill: DrillRecord;
  readonly #startMs: number;
  #ended = false;

  constructor(first: DrillEvent) {
    this.#startMs = first.elapsedMs;
    this.#drill = emptyRecord(first.at);
  }

  add(event: DrillEvent): void {
    const drill = this.#drill;
    switch (event.type) {
      case 'drill-started':
        Object.assign(drill, whatIsDrilled(event));
        break;
      case 'phase-started':
        drill.phases.push(startedPhase(event, this.#startMs));
        break;
      case 'phase-ended':
        endPhase(drill, event);
        break;
      case 'fault':
        drill.faults.push({
          ...only(event, 'call', 'hosts', 'took', 'evidence'),
          atMs: event.elapsedMs - this.#startMs,
        });
        break;
      case 'runbook-started':
        drill.runbooks.push(startedRunbook(event, phaseUnderWay(drill)));
        break;
      case 'step-started':
        runbookOf(drill, event.runbook, event.round)?.steps.push(startedStep(event, this.#startMs));
        break;
      case 'step-ended':
        endStep(drill, event);
        break;
      case 'runbook-ended':
        endRunbook(drill, event);
        break;
      case 'check':
        addCheck(drill, event);
        break;
      case 'snapshot':
        drill.snapshots.push(verifiedSnapshot(event));
        break;
      case 'expectation':
        drill.expectations.push(judgedExpectation(event));
        break;
      case 'outage':
        drill.outages.push(sinceDrillBegan(event.outage, drill));
        break;
      case 'note':
        drill.notes.push(only(event, 'level', 'message'));
        break;
      case 'left':
        drill.left.push(only(event, 'what', 'why'));
        break;
      case 'drill-ended':
        this.#ended = true;
        Object.assign(drill, howItEnded(event));
    }
  }

  /** @param elapsedMs of the newest event of the run: a drill under way has lasted until then. */
  record(elapsedMs: number): DrillRecord {
    const drill = this.#drill;
    const findings = drill.findings.map((found) => ({
      ...found,
      expected: found.phase !== 'baseline' && isExpected(found, drill.expectations),
    }));
    if (this.#ended) return { ...drill, findings };
    const phase = phaseUnderWay(drill) ?? 'preflight';
    return {
      ...drill,
      findings,
      verdict: 'inconclusive',
      reason: `the journal ends in phase ${phase}: the run was killed, or is still going on`,
      durationMs: elapsedMs - this.#startMs,
    };
  }
}

function emptyRecord(startedAt: string): DrillRecord {
  return {
    scenario: '(not planned)',
    summary: '',
    scenarioFile: '',
    target: 'process',
    seed: 0,
    parameters: {},
    verdict: 'inconclusive',
    reason: '',
    error: null,
    startedAt,
    durationMs: 0,
    runbooks: [],
    phases: [],
    checks: [],
    findings: [],
    expectations: [],
    faults: [],
    snapshots: [],
    rto: null,
    rpo: null,
    outages: [],
    versions: {},
    tools: [],
    notes: [],
    left: [],
    evidence: null,
    reproduce: '',
  };
}

/** The named fields alone: an event carries its stamp and type besides. */
function only<T extends object, K extends keyof T>(event: T, ...fields: K[]): Pick<T, K> {
  return Object.fromEntries(fields.map((field) => [field, event[field]])) as Pick<T, K>;
}

function whatIsDrilled(event: EventOf<'drill-started'>): Partial<DrillRecord> {
  return only(
    event,
    'scenario',
    'summary',
    'scenarioFile',
    'target',
    'seed',
    'parameters',
    'versions',
    'tools',
  );
}

function howItEnded(event: EventOf<'drill-ended'>): Partial<DrillRecord> {
  return {
    ...only(event, 'verdict', 'reason', 'durationMs', 'rto', 'rpo', 'evidence', 'reproduce'),
    error: event.error ?? null,
  };
}

function phaseUnderWay(drill: DrillRecord): PhaseRun['name'] | null {
  return drill.phases.findLast(({ durationMs }) => durationMs === null)?.name ?? null;
}

/** Probes ask from the beginning of the phase inject on, and count from there. */
function sinceDrillBegan(
  outage: EventOf<'outage'>['outage'],
  { phases }: DrillRecord,
): DrillRecord['outages'][number] {
  const fromMs = phases.find(({ name }) => name === 'inject')?.startMs ?? 0;
  return { ...outage, startMs: fromMs + outage.startMs, endMs: fromMs + outage.endMs };
}

function startedPhase(event: EventOf<'phase-started'>, drillStartMs: number): PhaseRun {
  return {
    name: event.phase,
    round: event.round,
    startMs: event.elapsedMs - drillStartMs,
    durationMs: null,
    verdict: null,
    reason: null,
  };
}

function verifiedSnapshot(event: EventOf<'snapshot'>): DrillRecord['snapshots'][number] {
  return only(event, 'file', 'verdict', 'sizeBytes', 'revision', 'liveKeys', 'findingCodes');
}

function judgedExpectation(event: EventOf<'expectation'>): Expectation {
  return only(event, 'round', 'findings', 'mayAlso', 'stops', 'missing', 'unexpected');
}

function endPhase(drill: DrillRecord, event: EventOf<'phase-ended'>): void {
  const phase = drill.phases.findLast(
    ({ name, round }) => name === event.phase && round === event.round,
  );
  if (phase) Object.assign(phase, only(event, 'durationMs', 'verdict', 'reason'));
}

function startedRunbook(
  event: EventOf<'runbook-started'>,
  phase: PhaseRun['name'] | null,
): RunbookRun {
  return {
    ...only(event, 'name', 'file', 'sha256', 'round', 'substitutions'),
    phase,
    verdict: null,
    reason: null,
    durationMs: null,
    steps: [],
  };
}

function runbookOf(drill: DrillRecord, name: string, round: number): RunbookRun | undefined {
  return drill.runbooks.findLast((runbook) => runbook.name === name && runbook.round === round);
}

function endRunbook(drill: DrillRecord, event: EventOf<'runbook-ended'>): void {
  const runbook = runbookOf(drill, event.name, event.round);
  if (runbook) Object.assign(runbook, only(event, 'verdict', 'reason', 'durationMs'));
}

function startedStep(
  event: EventOf<'step-started'>,
  drillStartMs: number,
): RunbookRun['steps'][number] {
  return {
    number: event.step,
    ...only(event, 'title', 'host', 'command', 'added'),
    exitCode: null,
    problem: null,
    startMs: event.elapsedMs - drillStartMs,
    durationMs: null,
    output: '',
  };
}

/** A step may have several blocks on several hosts: an end belongs to the first open one there. */
function endStep(drill: DrillRecord, event: EventOf<'step-ended'>): void {
  const step = runbookOf(drill, event.runbook, event.round)?.steps.find(
    ({ number, host, durationMs }) =>
      number === event.step && host === event.host && durationMs === null,
  );
  if (step) Object.assign(step, only(event, 'exitCode', 'problem', 'durationMs', 'output'));
}

function addCheck(drill: DrillRecord, event: EventOf<'check'>): void {
  const { check, phase, round, findings } = event;
  drill.checks.push({
    name: check,
    ...only(event, 'title', 'phase', 'round', 'verdict', 'reason', 'durationMs'),
    findingCodes: [...new Set(findings.map(({ code }) => code))],
  });
  drill.findings.push(
    ...findings.map((finding) => ({ ...finding, check, phase, round, expected: false })),
  );
}

function isExpected({ code, round }: FoundFinding, expectations: readonly Expectation[]): boolean {
  return expectations.some(
    (expectation) =>
      expectation.round === round &&
      (expectation.findings.includes(code) || expectation.mayAlso.includes(code)),
  );
}
