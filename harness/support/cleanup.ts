import { type Clock, systemClock } from './clock.ts';
import { messageOf } from './errors.ts';

export interface Leftover {
  what: string;
  why: string;
}

/**
 * Undo steps, run last in first out. A step is registered *before* the thing it removes is made,
 * so nothing can be made and then forgotten; a step must therefore bear that its thing does not exist.
 */
export class CleanupStack {
  readonly #steps: { what: string; timeoutMs: number; undo: () => Promise<void> | void }[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @param what names the thing for the report of what was left: `process etcd on etcd-1`. */
  register(what: string, undo: () => Promise<void> | void, timeoutMs = 15_000): void {
    this.#steps.push({ what, undo, timeoutMs });
  }

  /** Runs every step, each with its own deadline; a failure never stops the others. Returns what was left. */
  async unwind(onStep?: (what: string) => void): Promise<Leftover[]> {
    const leftovers: Leftover[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      onStep?.(step.what);
      const problem = await this.#attempt(step.undo, step.timeoutMs);
      if (problem !== undefined) leftovers.push({ what: step.what, why: problem });
    }
    return leftovers;
  }

  async #attempt(undo: () => Promise<void> | void, timeoutMs: number): Promise<string | undefined> {
    const stop = new AbortController();
    const late = this.#clock
      .pause(timeoutMs, stop.signal)
      .then(() => (stop.signal.aborted ? undefined : `not done after ${timeoutMs / 1000} s`));
    try {
      return await Promise.race([Promise.resolve(undo()).then(() => undefined), late]);
    } catch (thrown) {
      return messageOf(thrown);
    } finally {
      stop.abort();
    }
  }
}
