import { EXIT } from '../../model/verdict.ts';

const EXIT_OF = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
} as const;

let listening = false;

/**
 * From now on a signal ends the process in an orderly way: left to itself Node would die at once,
 * and leave temporary copies of a backup behind.
 */
export function endOnSignal(): void {
  if (listening) return;
  listening = true;
  for (const [signal, exitCode] of Object.entries(EXIT_OF))
    process.once(signal, () => process.exit(exitCode));
}
