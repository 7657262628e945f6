import type { JournalEvent } from '../../harness/model/event.ts';
import type { Clock } from '../../harness/support/clock.ts';
import { MARK_OF_DRILL } from '../mark.ts';
import type { Reporter } from '../reporter.ts';
import { describeEvent } from '../sentence.ts';
import { duration, plain, truncate, wrap } from '../text.ts';
import { pageFor, type TextStream } from './page.ts';
import { Progress } from './progress.ts';

const REDRAW_MS = 100;

/**
 * The drill under way as a tree that is erased and drawn again; what must be remembered stays above
 * it.
 */
export function liveReporter(stream: TextStream, clock: Clock): Reporter {
  const screen = new Screen(stream);
  const progress = new Progress();
  const stop = new AbortController();
  let ticking: Promise<void> | undefined;

  const draw = () => {
    const page = pageFor(stream);
    // One column less, since a full last column wraps on some terminals.
    const width = Math.min(page.width, (stream.columns || page.width) - 1);
    screen.show(progress.lines(clock.monotonicMs(), { ...page, width }));
  };
  const tick = async () => {
    while (!stop.signal.aborted) {
      await clock.pause(REDRAW_MS, stop.signal);
      if (!stop.signal.aborted) draw();
    }
  };
  // The summary tells the result of a single drill; with several, each leaves a line when the next
  // begins.
  const result = new ResultLine();
  return {
    name: 'terminal',
    onEvent(event) {
      progress.add(event, clock.monotonicMs());
      const lasting = [...result.add(event, stream), ...lastingLines(event, stream)];
      if (lasting.length > 0) screen.leave(lasting);
      draw();
      ticking ??= tick();
    },
    async onEnd() {
      stop.abort();
      await ticking;
      screen.show([]);
    },
  };
}

class ResultLine {
  #drill = '';
  #line: string | undefined;

  /** @returns the result of the drill before when `event` starts another. */
  add(event: JournalEvent, stream: TextStream): string[] {
    if (event.type === 'drill-started') {
      const before = this.#line === undefined ? [] : [this.#line];
      this.#drill = `${event.scenario} on ${event.target}`;
      this.#line = undefined;
      return before;
    }
    if (event.type === 'drill-ended') {
      const { symbol, tone } = MARK_OF_DRILL[event.verdict];
      const took = duration(event.durationMs);
      const text = `${this.#drill} ${event.verdict} after ${took}: ${plain(event.reason)}`;
      const page = pageFor(stream);
      this.#line = `${page.paint(tone, symbol)} ${truncate(text, page.width - 3)}`;
    }
    return [];
  }
}

/** What a person should still see when the tree is gone: how to reach a paused cluster, warnings. */
function lastingLines(event: JournalEvent, stream: TextStream): string[] {
  const page = pageFor(stream);
  if (event.type === 'note' && event.level === 'info') {
    // Never wrapped: there are paths and commands in it, to be copied.
    return event.message
      .split('\n')
      .map((line, index) => `${index === 0 ? '·' : ' '} ${plain(line)}`);
  }
  if (event.type !== 'interrupted' && event.type !== 'left' && event.type !== 'note') return [];
  return wrap(describeEvent(event), page.width - 3).map(
    (line, index) => `${index === 0 ? page.paint('unsure', '!') : ' '} ${line}`,
  );
}

/** The lower part of a terminal, which is drawn over. */
class Screen {
  readonly #stream: TextStream;
  #drawn = 0;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  /**
   * @param lines styled, none wider than the terminal. The oldest are dropped when it is too low.
   */
  show(lines: readonly string[]): void {
    const shown = lines.slice(-Math.max(1, (this.#stream.rows || 24) - 1));
    const text = shown.map((line) => `${line}\n`).join('');
    if (this.#drawn > 0 || text !== '') this.#stream.write(`${this.#eraser()}${text}`);
    this.#drawn = shown.length;
  }

  /** Writes lines that stay, where the drawing was. */
  leave(lines: readonly string[]): void {
    this.#stream.write(`${this.#eraser()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = 0;
  }

  #eraser(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r\u001b[J`;
  }
}
