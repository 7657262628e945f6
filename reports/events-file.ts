import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { environmentError, messageOf } from '../harness/support/errors.ts';
import type { Reporter } from './reporter.ts';

/**
 * `--events FILE`: the journal's lines as they happen, into a file, a pipe or /dev/fd/3. The folder is made.
 * @throws DrillError of kind environment when the file cannot be opened, before anything is started.
 */
export function eventsFileReporter(path: string): Reporter {
  const file = openForWriting(path);
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

function openForWriting(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'w');
  } catch (cause) {
    throw environmentError(
      `open the file of events, ${path}`,
      messageOf(cause),
      'give another one with --events',
    );
  }
}
