import type { Clock } from '../../support/clock.ts';

/** For how long something is watched, and the time there. */
export interface Watch {
  /** Milliseconds since the probes began to ask. */
  nowMs(): number;
  clock: Clock;
  /** Aborts when nobody asks any more. */
  signal: AbortSignal;
}
