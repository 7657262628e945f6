import type { ByteSource } from '../byte-source.ts';

/** Some consecutive pages in memory; valid until the next two or three loads. */
export interface PageBytes {
  bytes: Buffer;
  /** The same memory as little-endian words. */
  words: Uint32Array;
  /** Where the page starts in `bytes`; a multiple of 4. */
  start: number;
  /** Where `bytes` starts in the file. */
  filePosition: number;
}

const WINDOWS = 4;
const WINDOW_BYTES = 1 << 20;
const FIRST_READ_BYTES = 64 << 10;

interface Window extends PageBytes {
  firstPage: number;
  pages: number;
  lastUse: number;
}

/**
 * Pages of a bolt file through a few windows of fixed size: memory does not grow with the file.
 * A window is read ahead further the longer pages are asked for in the order of the file.
 */
export class PageWindow {
  /** Pages that are wholly in the file. */
  readonly pageCount: number;
  readonly #source: ByteSource;
  readonly pageSize: number;
  readonly #windows: Window[] = [];
  readonly #windowBytes: number;
  #uses = 0;

  constructor(source: ByteSource, bodyBytes: number, pageSize: number) {
    this.#source = source;
    this.pageSize = pageSize;
    this.pageCount = Math.floor(bodyBytes / pageSize);
    this.#windowBytes = Math.min(WINDOW_BYTES, this.pageCount * pageSize);
  }

  /** The caller has checked that the pages are in the file. */
  load(page: number, pages: number): PageBytes {
    this.#uses += 1;
    for (const window of this.#windows) {
      if (page >= window.firstPage && page + pages <= window.firstPage + window.pages)
        return this.#use(window, page);
    }
    return this.#use(this.#read(page, pages), page);
  }

  #use(window: Window, page: number): PageBytes {
    window.lastUse = this.#uses;
    window.start = (page - window.firstPage) * this.pageSize;
    return window;
  }

  #read(page: number, pages: number): Window {
    const before = this.#windows.find(
      ({ firstPage, pages: held }) => page > firstPage && page <= firstPage + held,
    );
    const ahead = before
      ? Math.min(before.pages * this.pageSize * 2, WINDOW_BYTES)
      : FIRST_READ_BYTES;
    const wanted = Math.max(pages, Math.floor(ahead / this.pageSize), 1);
    const count = Math.min(wanted, this.pageCount - page);
    const window = this.#take(count * this.pageSize);
    window.firstPage = page;
    window.pages = count;
    window.filePosition = page * this.pageSize;
    this.#source.readInto(window.bytes.subarray(0, count * this.pageSize), page * this.pageSize);
    return window;
  }

  /** The window that was not used for the longest time, or a new one. */
  #take(sizeBytes: number): Window {
    if (this.#windows.length < WINDOWS) {
      const made = newWindow(Math.max(sizeBytes, this.#windowBytes));
      this.#windows.push(made);
      return made;
    }
    const oldest = this.#windows.reduce((a, b) => (a.lastUse <= b.lastUse ? a : b));
    if (oldest.bytes.length < sizeBytes || oldest.bytes.length > this.#windowBytes)
      Object.assign(oldest, newWindow(Math.max(sizeBytes, this.#windowBytes)));
    return oldest;
  }
}

function newWindow(sizeBytes: number): Window {
  const memory = new ArrayBuffer(sizeBytes);
  return {
    bytes: Buffer.from(memory),
    words: new Uint32Array(memory),
    start: 0,
    filePosition: 0,
    firstPage: 0,
    pages: 0,
    lastUse: 0,
  };
}
