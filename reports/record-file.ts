import { writeWholeFile } from '../harness/support/whole-file.ts';
import { recordText } from './json.ts';
import type { Reporter } from './reporter.ts';

/** record.json: there is none, or a whole one. */
export function recordFileReporter(path: string): Reporter {
  return {
    name: 'record.json',
    onEnd: (record) => writeWholeFile(path, recordText(record)),
  };
}
