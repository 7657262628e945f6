import type { RunRecord } from '../harness/model/record.ts';
import type { Reporter } from './reporter.ts';

/** The record as the only thing on standard output. */
export function jsonReporter(stream: NodeJS.WritableStream): Reporter {
  return {
    name: 'json',
    onEnd(record) {
      stream.write(recordText(record));
    },
  };
}

export function recordText(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
