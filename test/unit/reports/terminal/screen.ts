import { Writable } from 'node:stream';
import type { TextStream } from '../../../../reports/terminal/page.ts';

/**
 * A terminal as small as a test needs: it knows line feed, carriage return, cursor up, erase below
 * and colours.
 */
export class FakeTerminal extends Writable implements TextStream {
  readonly isTTY: boolean;
  columns: number;
  rows: number;
  raw = '';
  /** The widest line that was ever on the screen. */
  widest = 0;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor({ isTTY = true, columns = 80, rows = 24, colours = 24 } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
    this.getColorDepth = () => colours;
  }

  readonly getColorDepth: () => number;

  get screen(): string[] {
    return this.#lines.map((line) => line.trimEnd()).filter((line) => line !== '');
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.raw += chunk;
    for (const [token] of chunk.matchAll(/\u001b\[(\d*)([A-Za-z])|[\s\S]/gu)) this.#apply(token);
    done();
  }

  #apply(token: string): void {
    if (token === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
    } else if (token === '\r') {
      this.#column = 0;
    } else if (token.endsWith('A') && token.startsWith('\u001b')) {
      this.#row -= Number(token.slice(2, -1));
      if (this.#row < 0) throw new Error('the cursor left the screen');
    } else if (token === '\u001b[J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    } else if (!token.startsWith('\u001b')) {
      const line = this.#lines[this.#row] ?? '';
      this.#lines[this.#row] = line.slice(0, this.#column) + token + line.slice(this.#column + 1);
      this.#column += 1;
      this.widest = Math.max(this.widest, this.#column);
    }
  }
}
