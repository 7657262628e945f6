import { EXIT } from '../model/verdict.ts';
import { type Clock, systemClock } from '../support/clock.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** npm and a terminal both pass a Ctrl-C on, so that one key press may arrive more than once. */
const SAME_KEY_PRESS_MS = 1000;

/** The user's wish to stop. */
export interface Stopping extends Disposable {
  /** Aborts at the first signal: the drill stops, heals and tears down. */
  readonly signal: AbortSignal;
  /** The first signal that came. */
  readonly received: StopSignal | undefined;
}

/** Listens for signals: the first stops the drill in an orderly way, a second Ctrl-C ends it at once. */
export function listenForSignals(
  onFirst: (signal: StopSignal) => void,
  onSecond: () => void,
  clock: Clock = systemClock,
): Stopping {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  let firstMs = 0;
  const listener = (signal: StopSignal) => {
    if (received === undefined) {
      received = signal;
      firstMs = clock.monotonicMs();
      onFirst(signal);
      controller.abort();
    } else if (clock.monotonicMs() - firstMs > SAME_KEY_PRESS_MS) {
      onSecond();
      process.exit(received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    }
  };
  const signals: StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, listener);
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
