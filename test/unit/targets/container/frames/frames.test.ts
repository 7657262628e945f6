import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { frameOf, framesIn } from '../../../../../harness/targets/container/frames/frames.ts';

const SENT = [
  { kind: 'open', number: 1, content: Buffer.from('10.78.4.11 2379') },
  { kind: 'end', number: 70_000, content: Buffer.alloc(0) },
  { kind: 'data', number: 1, content: Buffer.from('what is in it') },
] as const;

it.each([1, 5, 9, 1000])(
  'frames come out as they were sent, %i bytes at a time',
  async (sizeBytes) => {
    const bytes = Buffer.concat(SENT.map((each) => frameOf(each.kind, each.number, each.content)));
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += sizeBytes)
      parts.push(bytes.subarray(at, at + sizeBytes));
    expect(await Readable.from(framesIn(Readable.from(parts))).toArray()).toEqual(SENT);
  },
);

it('one that is cut off is left out, and one of no kind is an error', async () => {
  const [whole, cut] = [frameOf('end', 1), frameOf('data', 1, Buffer.from('abc')).subarray(0, 10)];
  expect(await Readable.from(framesIn(Readable.from([whole, cut]))).toArray()).toHaveLength(1);
  const strange = Buffer.from(whole).fill(99, 0, 1);
  await expect(Readable.from(framesIn(Readable.from([strange]))).toArray()).rejects.toThrow('99');
});
