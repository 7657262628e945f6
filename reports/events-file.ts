import { closeSync, openSync, writeSync } from 'node:fs';
import type { Reporter } from './reporter.ts';

/**
 * `--events FILE`: the journal's lines as they happen, into a file, a pipe or /dev/fd/3.
 * @throws of node:fs when the file cannot be opened, before anything is started.
 */
export function eventsFileReporter(path: string): Reporter {
  const file = openSync(path, 'w');
  return {
    name: 'events',
    onEvent(event) {
      writeSync(file, `${JSON.stringify(event)}\n`);
    },
    onEnd() {
      closeSync(file);
    },
  };
}
