import type { EventBody } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';
import { DrillEnd } from './drill-end.ts';
import type { Journal } from './journal.ts';

type WithoutDrill<E> = E extends { drill: number } ? Omit<E, 'drill'> : never;
export type DrillEvent = WithoutDrill<EventBody>;

const HEARTBEAT_MS = 30_000;

/** One drill's part of the journal. */
export class DrillJournal {
  readonly drill: number;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #waits = new Map<string, { saw: string; atMs: number }>();
  /** What the drill is in now; a finding or a step belongs there. */
  round = 0;
  phaseNow: Phase = 'preflight';

  constructor(journal: Journal, drill: number, clock: Clock = systemClock) {
    this.#journal = journal;
    this.drill = drill;
    this.#clock = clock;
  }

  write(event: DrillEvent): void {
    this.#journal.write({ ...event, drill: this.drill } as EventBody);
  }

  note(level: 'info' | 'warning', message: string): void {
    this.write({ type: 'note', level, message });
  }

  /** Says what a wait sees when that changes, and every 30 s. */
  readonly waiting = (description: string, saw: string, waitedMs: number): void => {
    const last = this.#waits.get(description);
    const nowMs = this.#clock.monotonicMs();
    if (last?.saw === saw && nowMs - last.atMs < HEARTBEAT_MS) return;
    this.#waits.set(description, { saw, atMs: nowMs });
    this.write({ type: 'waiting', description, saw, waitedMs: Math.round(waitedMs) });
  };

  /** Runs one phase between its two events. */
  async phase<T>(phase: Phase, act: () => Promise<T>): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    const { round } = this;
    this.phaseNow = phase;
    this.write({ type: 'phase-started', phase, round });
    const end = (verdict: 'ok' | 'failed' | 'skipped', reason: string | null) =>
      this.write({
        type: 'phase-ended',
        phase,
        round,
        durationMs: Math.round(this.#clock.monotonicMs() - startMs),
        verdict,
        reason,
      });
    try {
      const value = await act();
      end('ok', null);
      return value;
    } catch (thrown) {
      const skipped = thrown instanceof DrillEnd && thrown.verdict === 'skipped';
      end(skipped ? 'skipped' : 'failed', messageOf(thrown));
      throw thrown;
    }
  }
}
