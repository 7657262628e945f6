import type { EventBody, JournalEvent } from '../../../harness/model/event.ts';

const START_MS = Date.UTC(2026, 10, 20, 17, 31, 6);

/** A journal from what happened and when, in milliseconds since the run began. */
export function stamped(
  happened: readonly (readonly [elapsedMs: number, EventBody])[],
): JournalEvent[] {
  return happened.map(([elapsedMs, body], seq) => ({
    seq,
    at: new Date(START_MS + elapsedMs).toISOString(),
    elapsedMs,
    ...body,
  }));
}
