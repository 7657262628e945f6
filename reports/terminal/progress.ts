import type { JournalEvent } from '../../harness/model/event.ts';
import { PHASES, type Phase } from '../../harness/model/phase.ts';
import { MARK_OF_PHASE, type Mark } from '../mark.ts';
import { describeFault, describeSnapshot, phaseName, titleOf } from '../sentence.ts';
import { count, duration, padEnd } from '../text.ts';
import { oneLine, type Page } from './page.ts';

interface PhaseLine {
  phase: Phase;
  label: string;
  verdict: 'ok' | 'failed' | 'skipped' | 'running';
  startMs: number;
  durationMs: number;
  /** What came of it, in a few words. */
  detail: string;
}

interface Activity {
  text: string;
  startMs: number;
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/**
 * What the drill under way looks like: its phases, and below the current one what is being done and
 * waited for. Knows nothing of a terminal; times are milliseconds of one monotonic clock.
 */
export class Progress {
  #title = '';
  #startMs = 0;
  #phases: PhaseLine[] = [];
  #steps = new Map<string, Activity>();
  #wait: string | undefined;
  #checks = new Map<string, number>();

  add(event: JournalEvent, nowMs: number): void {
    // What happens after a wait shows that it is over.
    if (event.type !== 'waiting') this.#wait = undefined;
    switch (event.type) {
      case 'drill-started':
        this.#title = `${event.scenario} on ${event.target}, seed ${event.seed}`;
        break;
      case 'phase-started':
        this.#startPhase(event.phase, phaseName(event), nowMs);
        break;
      case 'phase-ended':
        this.#endPhase(phaseName(event), event.verdict, event.durationMs);
        break;
      case 'step-started':
        this.#steps.set(`${event.step} ${event.host}`, {
          text: `step ${event.step} on ${event.host}: ${titleOf(event.step, event.title)}`,
          startMs: nowMs,
        });
        break;
      case 'step-ended':
        this.#steps.delete(`${event.step} ${event.host}`);
        break;
      case 'waiting':
        this.#wait = `until ${event.description}: ${event.saw}`;
        break;
      case 'check':
        this.#checks.set(event.verdict, (this.#checks.get(event.verdict) ?? 0) + 1);
        this.#tell(describeChecks(this.#checks));
        break;
      case 'fault':
        this.#tell(describeFault(event));
        break;
      case 'snapshot':
        this.#tell(describeSnapshot(event));
        break;
      case 'runbook-started':
        this.#tell(event.name);
        break;
      case 'drill-ended':
        this.#reset();
    }
  }

  /** @returns nothing between two drills. */
  lines(nowMs: number, page: Page): string[] {
    if (this.#phases.length === 0) return [];
    const elapsed = duration(nowMs - this.#startMs);
    return [
      oneLine(page, 0, ['strong', this.#title], ['quiet', elapsed]),
      ...this.#phases.flatMap((phase) => this.#phaseLines(phase, nowMs, page)),
      ...this.#comingLines(page),
    ];
  }

  #phaseLines(phase: PhaseLine, nowMs: number, page: Page): string[] {
    const running = phase.verdict === 'running';
    const tookMs = running ? nowMs - phase.startMs : phase.durationMs;
    const { symbol, tone } =
      phase.verdict === 'running' ? spinnerAt(nowMs) : MARK_OF_PHASE[phase.verdict];
    const line = oneLine(
      page,
      2,
      [tone, padEnd(`${symbol} ${phase.label}`, 20)],
      duration(tookMs).padStart(8),
      ['quiet', phase.detail],
    );
    return [line, ...(running ? this.#activityLines(nowMs, page) : [])];
  }

  #activityLines(nowMs: number, page: Page): string[] {
    const steps = [...this.#steps.values()].map(
      ({ text, startMs }) => `${text} (${duration(nowMs - startMs)})`,
    );
    const wait = this.#wait === undefined ? [] : [this.#wait];
    return [...steps, ...wait].map((text) => oneLine(page, 6, ['quiet', text]));
  }

  #comingLines(page: Page): string[] {
    const last = this.#phases.at(-1);
    const coming = last === undefined ? [] : PHASES.slice(PHASES.indexOf(last.phase) + 1);
    if (coming.length === 0) return [];
    return [oneLine(page, 2, ['quiet', `· then ${coming.join(', ')}`])];
  }

  #startPhase(phase: Phase, label: string, nowMs: number): void {
    if (this.#phases.length === 0) this.#startMs = nowMs;
    this.#phases.push({
      phase,
      label,
      verdict: 'running',
      startMs: nowMs,
      durationMs: 0,
      detail: '',
    });
    this.#steps.clear();
    this.#checks.clear();
  }

  #endPhase(label: string, verdict: PhaseLine['verdict'], durationMs: number): void {
    const phase = this.#phases.findLast((each) => each.label === label);
    if (phase) Object.assign(phase, { verdict, durationMs });
  }

  #tell(detail: string): void {
    const current = this.#phases.at(-1);
    if (current) current.detail = detail;
  }

  #reset(): void {
    this.#title = '';
    this.#phases = [];
    this.#steps.clear();
    this.#checks.clear();
  }
}

function spinnerAt(nowMs: number): Mark {
  return { symbol: SPINNER[Math.floor(nowMs / FRAME_MS) % SPINNER.length] ?? '', tone: 'strong' };
}

function describeChecks(checks: ReadonlyMap<string, number>): string {
  const words = { pass: 'passed', fail: 'failed', unknown: 'unknown', skipped: 'skipped' };
  const parts = Object.entries(words).flatMap(([verdict, word]) => {
    const many = checks.get(verdict);
    return many === undefined ? [] : [`${many} ${word}`];
  });
  const all = [...checks.values()].reduce((sum, many) => sum + many, 0);
  return `${count(all, 'check')}: ${parts.join(', ')}`;
}
