import { type Clock, systemClock } from '../../harness/support/clock.ts';
import type { Reporter } from '../reporter.ts';
import { linesReporter } from './lines.ts';
import { liveReporter } from './live.ts';
import { pageFor, type TextStream } from './page.ts';
import { summaryText } from './summary.ts';

/** Progress while the run goes on: drawn live on a terminal that can, else one line an event. */
export function progressReporter(stream: TextStream, clock: Clock = systemClock): Reporter {
  const { TERM, CI } = process.env;
  const canDraw = stream.isTTY === true && TERM !== 'dumb' && !CI;
  return canDraw ? liveReporter(stream, clock) : linesReporter(stream);
}

/** The result for a person, once the run has ended. */
export function summaryReporter(stream: TextStream): Reporter {
  return {
    name: 'summary',
    onEnd(record) {
      stream.write(summaryText(record, pageFor(stream)));
    },
  };
}
