import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { Unframed } from '../../../../../harness/targets/container/frames/unframed.ts';

function frame(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

const SENT = Buffer.concat([frame('one'), frame(''), frame('two, and more')]);

it.each([1, 3, 8, 9, SENT.length])(
  'what is in the frames comes out, however it arrives (%i bytes at a time)',
  async (sizeBytes) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < SENT.length; at += sizeBytes)
      parts.push(SENT.subarray(at, at + sizeBytes));
    expect(String(await buffer(Readable.from(parts).pipe(new Unframed())))).toBe(
      'onetwo, and more',
    );
  },
);

it('waits for who reads slowly', () => {
  const unframed = new Unframed();
  const isContent = unframed.write(frame('x'.repeat(2 * unframed.readableHighWaterMark)));
  expect(isContent).toBe(false);
});
