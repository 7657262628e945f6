import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
const CONTINUATION = 0x0;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const OF_CONTROL = 0x8;
/** Any longer one is none of a server that means well. */
const MESSAGE_MAX_BYTES = 64 * 1024 * 1024;
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a server says over a WebSocket. */
export type Message =
  | { is: 'data'; payload: Buffer }
  | { is: 'ping'; payload: Buffer }
  | { is: 'close' };

/** The headers that ask for a WebSocket, and whether an answer to them is one. */
export function handshake(protocols: readonly string[]): {
  headers: Record<string, string>;
  accepted(answer: IncomingMessage): boolean;
} {
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64');
  return {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocols.join(', '),
    },
    accepted: ({ headers }) =>
      headers['sec-websocket-accept'] === accept &&
      protocols.includes(headers['sec-websocket-protocol'] ?? ''),
  };
}

/** Takes a stream of bytes apart into messages. */
export class MessageReader {
  #unread: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  /** @throws Error when it is no WebSocket of a server. */
  read(chunk: Buffer): Message[] {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    const messages: Message[] = [];
    for (let frame = frameOf(this.#unread); frame !== null; frame = frameOf(this.#unread)) {
      this.#unread = this.#unread.subarray(frame.endsAt);
      messages.push(...this.#take(frame));
    }
    return messages;
  }

  #take({ opcode, last, payload }: Frame): Message[] {
    if (opcode === CLOSE) return [{ is: 'close' }];
    if (opcode === PING) return [{ is: 'ping', payload }];
    if (opcode >= OF_CONTROL) return [];
    this.#parts = opcode === CONTINUATION ? [...this.#parts, payload] : [payload];
    return last ? [{ is: 'data', payload: Buffer.concat(this.#parts) }] : [];
  }
}

interface Frame {
  opcode: number;
  last: boolean;
  payload: Buffer;
  endsAt: number;
}

/** The first one; null while it is not there as a whole. */
function frameOf(bytes: Buffer): Frame | null {
  const [head, second] = bytes;
  if (head === undefined || second === undefined) return null;
  if (second >= 0x80) throw new Error('a server does not mask what it sends over a WebSocket');
  const extra = second === 127 ? 8 : second === 126 ? 2 : 0;
  const startsAt = 2 + extra;
  if (bytes.length < startsAt) return null;
  const length =
    extra === 8 ? Number(bytes.readBigUInt64BE(2)) : extra === 2 ? bytes.readUInt16BE(2) : second;
  if (length > MESSAGE_MAX_BYTES) throw new Error(`a message of ${length} bytes is too long`);
  const endsAt = startsAt + length;
  if (bytes.length < endsAt) return null;
  const payload = bytes.subarray(startsAt, endsAt);
  return { opcode: head & 0x0f, last: head >= 0x80, payload, endsAt };
}

/** @param payload of the ping: 125 bytes at most. Masked, as all that a client sends, by a mask that changes nothing. */
export function pong(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | PONG, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
