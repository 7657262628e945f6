const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const ITEMS = Buffer.from('"items":');
/** Inside `{"items":[`. */
const ITEM_DEPTH = 2;

/**
 * Cuts the items out of a list's JSON while it arrives, so that a list of any length costs the
 * memory of one item. kube-apiserver writes no blanks between tokens, and `metadata` before
 * (built-ins) or after (custom resources) the items.
 */
export class ItemSplitter {
  readonly #onItem: (json: string) => void;
  readonly #rest: Buffer[] = [];
  /** Bytes of earlier chunks that are still needed, and how many of them were scanned. */
  #kept: Buffer = Buffer.alloc(0);
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #inItems = false;
  /** Where the present item, or the text outside the items, begins. */
  #start = 0;

  constructor(onItem: (json: string) => void) {
    this.#onItem = onItem;
  }

  push(chunk: Buffer): void {
    const buffer = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    let at = this.#scanned;
    for (; at < buffer.length; at += 1) {
      const byte = buffer[at];
      if (this.#inString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#open(buffer, at);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(buffer, at);
    }
    const between = this.#inItems && this.#depth === ITEM_DEPTH;
    const from = between ? buffer.length : this.#start;
    this.#kept = buffer.subarray(from);
    // A backslash at the very end has already skipped the first byte of the next chunk.
    this.#scanned = at - from;
    this.#start = 0;
  }

  /** Everything but the items: JSON with an empty list in their place. */
  rest(): string {
    return Buffer.concat([...this.#rest, this.#kept]).toString('utf8');
  }

  #open(buffer: Buffer, at: number): void {
    if (this.#inItems && this.#depth === ITEM_DEPTH) this.#start = at;
    else if (this.#depth === 1 && buffer.subarray(at - ITEMS.length, at).equals(ITEMS)) {
      this.#rest.push(Buffer.from(buffer.subarray(this.#start, at + 1)));
      this.#inItems = true;
    }
    this.#depth += 1;
  }

  #close(buffer: Buffer, at: number): void {
    this.#depth -= 1;
    if (!this.#inItems) return;
    if (this.#depth === ITEM_DEPTH) this.#onItem(buffer.toString('utf8', this.#start, at + 1));
    else if (this.#depth < ITEM_DEPTH) {
      this.#inItems = false;
      this.#start = at;
    }
  }
}
