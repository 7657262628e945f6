import type { Clock } from '../../../harness/support/clock.ts';

/** A clock that a pause moves on by itself, so that no test waits. */
export class FakeClock implements Clock {
  elapsedMs = 0;
  readonly pausesMs: number[] = [];

  nowMs(): number {
    return Date.UTC(2026, 10, 20) + this.elapsedMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  async pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    this.pausesMs.push(delayMs);
    this.elapsedMs += delayMs;
  }
}
