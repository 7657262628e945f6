import { createHash } from 'node:crypto';
import type { Random } from '../../../harness/support/random.ts';

/** Ways in which a snapshot file gets damaged; each returns a new file without a trailer. */
export interface FaultClass {
  name: string;
  apply(body: Buffer, other: Buffer, random: Random): Buffer;
}

const PAGE = 4096;

export const FAULT_CLASSES: readonly FaultClass[] = [
  { name: 'flip one bit', apply: (body, _other, random) => flipBit(body, random) },
  {
    name: 'random byte',
    apply: (body, _other, random) => overwrite(body, random.below(body.length), 1, random),
  },
  {
    name: 'random 512 bytes',
    apply: (body, _other, random) => overwrite(body, random.below(body.length), 512, random),
  },
  {
    name: 'zero a page',
    apply: (body, _other, random) => {
      const copy = Buffer.from(body);
      const page = random.below(pagesOf(body));
      copy.fill(0, page * PAGE, (page + 1) * PAGE);
      return copy;
    },
  },
  {
    name: 'swap two pages',
    apply: (body, _other, random) => {
      const [one, two] = [random.below(pagesOf(body)), random.below(pagesOf(body))];
      const copy = placed(body, one, pageOf(body, two));
      return placed(copy, two, pageOf(body, one));
    },
  },
  {
    name: 'splice a page of another file',
    apply: (body, other, random) =>
      placed(body, random.below(pagesOf(body)), pageOf(other, random.below(pagesOf(other)))),
  },
  {
    name: 'cut the end',
    apply: (body, _other, random) => Buffer.from(body.subarray(0, random.below(body.length))),
  },
  {
    name: 'lose 512 bytes inside',
    apply: (body, _other, random) => {
      const at = random.below(body.length - 512);
      return Buffer.concat([body.subarray(0, at), body.subarray(at + 512)]);
    },
  },
];

/** What becomes of the trailer of a damaged file. */
export const TRAILERS = ['kept', 'cut', 'made again'] as const;
export type Trailer = (typeof TRAILERS)[number];

export function withTrailer(damaged: Buffer, original: Buffer, trailer: Trailer): Buffer {
  if (trailer === 'cut') return damaged;
  const hashed = trailer === 'kept' ? original : damaged;
  return Buffer.concat([damaged, createHash('sha256').update(hashed).digest()]);
}

export function bodyOf(file: Buffer): Buffer {
  return file.subarray(0, file.length - (file.length % 512));
}

function flipBit(body: Buffer, random: Random): Buffer {
  const copy = Buffer.from(body);
  const at = random.below(copy.length);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << random.below(8)), at);
  return copy;
}

function overwrite(body: Buffer, at: number, length: number, random: Random): Buffer {
  const copy = Buffer.from(body);
  const end = Math.min(at + length, copy.length);
  for (let position = at; position < end; position += 1) copy[position] = random.below(256);
  return copy;
}

const pagesOf = (body: Buffer) => Math.floor(body.length / PAGE);

function pageOf(body: Buffer, page: number): Buffer {
  return body.subarray(page * PAGE, (page + 1) * PAGE);
}

function placed(body: Buffer, page: number, content: Buffer): Buffer {
  const copy = Buffer.from(body);
  content.copy(copy, page * PAGE);
  return copy;
}
