import { type Clock, systemClock } from './clock.ts';
import { DrillError, messageOf } from './errors.ts';

/** What one look saw: done with a value, or not yet with the reason in a few words. */
export type Look<T> = { done: true; value: T } | { done: false; saw: string; hopeless?: Error };

export const done = <T>(value: T): Look<T> => ({ done: true, value });
/** Waiting longer is no use: `until` throws the error at once. */
export const hopeless = (error: Error): Look<never> => ({
  done: false,
  saw: error.message,
  hopeless: error,
});
export const notYet = (saw: string): Look<never> => ({ done: false, saw });

export interface Deadline {
  timeoutMs: number;
  /** Pause between looks. */
  intervalMs?: number;
  signal?: AbortSignal | undefined;
  clock?: Clock;
  /** Called with each new thing seen, so that a progress line can say what is being waited for. */
  onLook?: (saw: string, waitedMs: number) => void;
  /** Replaces the hint of the error. */
  hint?: string;
}

/**
 * The only way to wait. Looks until `probe` is done; an exception of the probe counts as "not yet".
 * @throws DrillError (kind drill) with the last thing seen when `timeoutMs` has passed,
 *   (kind interrupted) when `signal` aborts.
 */
export async function until<T>(
  description: string,
  probe: () => Promise<Look<T>> | Look<T>,
  deadline: Deadline,
): Promise<T> {
  const clock = deadline.clock ?? systemClock;
  const startMs = clock.monotonicMs();
  let saw = 'nothing yet';
  for (;;) {
    if (deadline.signal?.aborted) {
      throw new DrillError({
        kind: 'interrupted',
        attempted: `wait until ${description}`,
        happened: 'stopped',
      });
    }
    const look = await lookOnce(probe);
    if (look.done) return look.value;
    if (look.hopeless) throw look.hopeless;
    saw = look.saw;
    const waitedMs = clock.monotonicMs() - startMs;
    deadline.onLook?.(saw, waitedMs);
    if (waitedMs >= deadline.timeoutMs) {
      throw new DrillError({
        kind: 'drill',
        attempted: `wait until ${description}`,
        happened: `not after ${(waitedMs / 1000).toFixed(1)} s; last seen: ${saw}`,
        hint: deadline.hint,
      });
    }
    const { intervalMs = 50 } = deadline;
    await clock.pause(Math.min(intervalMs, deadline.timeoutMs - waitedMs), deadline.signal);
  }
}

async function lookOnce<T>(probe: () => Promise<Look<T>> | Look<T>): Promise<Look<T>> {
  try {
    return await probe();
  } catch (thrown) {
    return notYet(messageOf(thrown));
  }
}
