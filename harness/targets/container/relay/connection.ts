import { Duplex } from 'node:stream';
import type { Frame, Kind } from '../frames/frames.ts';

/** So much may be under way of one connection, in either direction; the far end has the same. */
const WINDOW_BYTES = 256 * 1024;

/** Sends a frame of a connection. */
export type Send = (kind: Kind, content?: Buffer) => void;

/** One of the connections that a relay's two ends share a stream for. */
export class Connection extends Duplex {
  readonly #send: Send;
  /** What may still be sent, and who waits until more may. */
  #creditBytes = WINDOW_BYTES;
  #unsent: { chunk: Buffer; done: () => void } | undefined;
  #readBytes = 0;

  constructor(send: Send) {
    super({ allowHalfOpen: true });
    this.#send = send;
  }

  /** What the far end says. */
  receive({ kind, content }: Frame): void {
    if (kind === 'data') {
      this.#readBytes += content.length;
      this.push(content);
    } else if (kind === 'end') {
      this.push(null);
    } else if (kind === 'credit') {
      this.#creditBytes += content.readUInt32BE();
      this.#sendOn();
    } else {
      this.destroy(new Error('the far end of the relay has lost its connection'));
    }
  }

  /** Called when what came was taken, so that the far end may send as much again. */
  override _read(): void {
    if (this.#readBytes === 0) return;
    const content = Buffer.alloc(4);
    content.writeUInt32BE(this.#readBytes);
    this.#readBytes = 0;
    this.#send('credit', content);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#unsent = { chunk, done };
    this.#sendOn();
  }

  override _final(done: () => void): void {
    this.#send('end');
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.readableEnded || !this.writableFinished) this.#send('reset');
    done(error);
  }

  #sendOn(): void {
    if (this.#unsent === undefined || this.#creditBytes === 0) return;
    const { chunk, done } = this.#unsent;
    const part = chunk.subarray(0, this.#creditBytes);
    this.#creditBytes -= part.length;
    this.#send('data', part);
    const rest = chunk.subarray(part.length);
    this.#unsent = rest.length > 0 ? { chunk: rest, done } : undefined;
    if (rest.length === 0) done();
  }
}
