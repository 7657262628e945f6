import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Kind } from '../../../../../harness/targets/container/frames/frames.ts';
import { Connection } from '../../../../../harness/targets/container/relay/connection.ts';

const WINDOW_BYTES = 256 * 1024;

function connection() {
  const sent: [Kind, number][] = [];
  const made = new Connection((kind, content) => sent.push([kind, content?.length ?? 0]));
  made.on('error', () => {});
  return { made, sent };
}

function credit(sizeBytes: number) {
  const content = Buffer.alloc(4);
  content.writeUInt32BE(sizeBytes);
  return { kind: 'credit', number: 1, content } as const;
}

it('sends no more than the far end grants', async () => {
  const { made, sent } = connection();
  made.end(Buffer.alloc(WINDOW_BYTES + 10));
  expect(sent).toEqual([['data', WINDOW_BYTES]]);
  made.receive(credit(4));
  made.receive(credit(100));
  await once(made, 'finish');
  expect(sent.slice(1)).toEqual([
    ['data', 4],
    ['data', 6],
    ['end', 0],
  ]);
});

it('grants as much as was read, and nothing while nobody reads', async () => {
  const { made, sent } = connection();
  made.receive({ kind: 'data', number: 1, content: Buffer.alloc(WINDOW_BYTES) });
  expect(sent).toEqual([]);
  expect((made.read() as Buffer).length).toBe(WINDOW_BYTES);
  expect(sent).toEqual([['credit', 4]]);
});

it('tells the far end when it is broken off, and not when all was said', async () => {
  const broken = connection();
  broken.made.destroy();
  await once(broken.made, 'close');
  expect(broken.sent).toEqual([['reset', 0]]);
  const whole = connection();
  whole.made.resume().end();
  whole.made.receive({ kind: 'end', number: 1, content: Buffer.alloc(0) });
  await once(whole.made, 'close');
  expect(whole.sent).toEqual([['end', 0]]);
});

it('breaks when the far end has lost the other side', async () => {
  const { made } = connection();
  const failed = once(made, 'error');
  made.receive({ kind: 'reset', number: 1, content: Buffer.alloc(0) });
  expect(String(await failed)).toContain('lost');
});
