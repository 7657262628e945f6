import type { JournalEvent } from '../../harness/model/event.ts';
import type { Tone } from '../mark.ts';
import type { Reporter } from '../reporter.ts';
import { describeEvent } from '../sentence.ts';
import { type Page, pageFor, type TextStream } from './page.ts';

/**
 * `waiting` comes with each new thing seen; in a log one line in about 30 s shows that it is alive.
 */
const HEARTBEAT_MS = 25_000;

/** One line an event with its time, for pipes and logs. */
export function linesReporter(stream: TextStream): Reporter {
  const page = pageFor(stream);
  let lastLineMs = 0;
  return {
    name: 'terminal',
    onEvent(event) {
      if (event.type === 'waiting' && event.elapsedMs - lastLineMs < HEARTBEAT_MS) return;
      // Dozens of them; the summary names the worst.
      if (event.type === 'outage' && event.outage.part !== undefined) return;
      lastLineMs = event.elapsedMs;
      stream.write(`${eventLine(event, page)}\n`);
    },
  };
}

function eventLine(event: JournalEvent, page: Page): string {
  const time = page.paint('quiet', `${event.at.slice(11, 19)}Z`);
  const text = `${isHeading(event) ? '' : '  '}${describeEvent(event)}`;
  const tone = toneOf(event);
  return `${time} ${tone === undefined ? text : page.paint(tone, text)}`;
}

/** What happens within a phase is indented. */
function isHeading({ type }: JournalEvent): boolean {
  return /^(run|drill|phase)-/.test(type);
}

function toneOf(event: JournalEvent): Tone | undefined {
  switch (event.type) {
    case 'check':
      return event.verdict === 'fail' ? 'bad' : event.verdict === 'unknown' ? 'unsure' : undefined;
    case 'step-ended':
      return event.problem === null ? undefined : 'bad';
    case 'note':
      return event.level === 'warning' ? 'unsure' : undefined;
    case 'left':
    case 'interrupted':
      return 'unsure';
    case 'phase-started':
    case 'drill-started':
      return 'strong';
    default:
      return undefined;
  }
}
