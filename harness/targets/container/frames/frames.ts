import type { Readable } from 'node:stream';

const OF_A_CONNECTION = ['open', 'data', 'end', 'reset', 'credit', 'ask'] as const;
const OF_A_SCRIPT = ['run', 'kill', 'stdout', 'stderr', 'exit'] as const;
/** What a frame says; the far ends of a relay and of a shell number them alike. */
export const KINDS = [...OF_A_CONNECTION, ...OF_A_SCRIPT] as const;
export type Kind = (typeof KINDS)[number];

export interface Frame {
  kind: Kind;
  /** The connection's or the script's. */
  number: number;
  content: Buffer;
}

const HEAD_BYTES = 9;

export function frameOf(kind: Kind, number: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(KINDS.indexOf(kind));
  head.writeUInt32BE(number, 1);
  head.writeUInt32BE(content.length, 5);
  return Buffer.concat([head, content]);
}

/** The frames in a stream of bytes, to its end; one that is cut off is left out. */
export async function* framesIn(bytes: Readable): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUInt32BE(5);
      if (rest.length < end) break;
      const kind = KINDS[rest.readUInt8()];
      if (kind === undefined) throw new Error(`no kind of frame has the number ${rest[0]}`);
      yield { kind, number: rest.readUInt32BE(1), content: rest.subarray(HEAD_BYTES, end) };
      rest = rest.subarray(end);
    }
  }
}
