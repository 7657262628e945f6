import { describeEnding, type Finished } from '../exec/run.ts';

/** How a script on a node ended, with what it said first: `exit 127 after 0.1 s: bash: perl: command not found`. */
export function whyEnded(finished: Finished): string {
  const [first = ''] = finished.stderr.trim().split('\n');
  return first === '' ? describeEnding(finished) : `${describeEnding(finished)}: ${first}`;
}
