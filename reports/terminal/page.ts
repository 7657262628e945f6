import { styleText } from 'node:util';
import type { Tone } from '../mark.ts';
import { displayWidth, plain, truncate, wrap } from '../text.ts';

/** A stream that may be a terminal. */
export interface TextStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const FORMATS = {
  good: 'green',
  bad: 'red',
  unsure: 'yellow',
  quiet: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

const READABLE_WIDTH = 100;

/** What text is laid out for: so many columns, with colours or without. */
export interface Page {
  width: number;
  paint(tone: Tone, text: string): string;
}

/** The page of a stream; colours by NO_COLOR, FORCE_COLOR, TERM and whether it is a terminal. */
export function pageFor(stream: TextStream): Page {
  return {
    width: Math.min(stream.columns || READABLE_WIDTH, READABLE_WIDTH),
    paint: (tone, text) => styleText(FORMATS[tone], text, { stream }),
  };
}

/** For a file: without colours. */
export const PLAIN_PAGE: Page = { width: READABLE_WIDTH, paint: (_tone, text) => text };

/** A tone with its text, or text alone. */
export type Piece = string | readonly [Tone, string];

/** Pieces on one line, two spaces apart, cut at the width of the page; text is made plain. */
export function oneLine(page: Page, indent: number, ...pieces: Piece[]): string {
  let left = page.width - indent;
  let line = '';
  for (const piece of pieces) {
    const [tone, raw] = typeof piece === 'string' ? [undefined, piece] : piece;
    const gap = line === '' ? '' : '  ';
    const text = truncate(plain(raw), left - gap.length);
    if (text === '') continue;
    left -= gap.length + displayWidth(text);
    line += gap + (tone === undefined ? text : page.paint(tone, text));
  }
  return ' '.repeat(indent) + line;
}

/** Text in as many lines as it takes; those after the first are indented by `rest`. */
export function wrapped(page: Page, text: string, first: string, rest = first): string[] {
  return wrap(plain(text), page.width - displayWidth(rest)).map(
    (line, index) => `${index === 0 ? first : rest}${line}`,
  );
}
