import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../harness/support/clock.ts';

describe('a pause of the system clock', () => {
  it('lasts at least as long as it was asked to', async () => {
    const startMs = systemClock.monotonicMs();
    await systemClock.pause(30);
    // Timers count whole milliseconds and may be one early.
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(29);
  });

  it('ends at once when it is aborted, before or meanwhile', async () => {
    await systemClock.pause(600_000, AbortSignal.abort());
    const stop = new AbortController();
    const pause = systemClock.pause(600_000, stop.signal);
    stop.abort();
    await pause;
  });
});
