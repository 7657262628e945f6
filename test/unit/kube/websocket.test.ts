import { describe, expect, it } from 'vitest';
import { type Message, MessageReader, pong } from '../../../harness/kube/websocket.ts';
import { frame } from './exec-server.ts';

const CONTINUATION = 0x0;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;

const data = (payload: Buffer): Message => ({ is: 'data', payload });

describe('messages of a WebSocket', () => {
  it.each([0, 1, 125, 126, 0xffff, 0x10000])('may have %i bytes', (length) => {
    const payload = Buffer.alloc(length, 7);
    expect(new MessageReader().read(frame(BINARY, payload))).toEqual([data(payload)]);
  });

  it('come in packets that end anywhere', () => {
    const long = Buffer.alloc(300, 1);
    const stream = Buffer.concat([
      frame(BINARY, Buffer.from('one')),
      frame(BINARY, long),
      frame(PING, Buffer.from('there?')),
      frame(CLOSE, Buffer.from([3, 232])),
    ]);
    const expected = [
      data(Buffer.from('one')),
      data(long),
      { is: 'ping', payload: Buffer.from('there?') },
      { is: 'close' },
    ];
    expect(new MessageReader().read(stream)).toEqual(expected);
    const byByte = new MessageReader();
    const bytes = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
    expect(bytes.flatMap((byte) => byByte.read(byte))).toEqual(expected);
  });

  it('may be sent in parts, with a ping between them', () => {
    const stream = Buffer.concat([
      frame(BINARY, Buffer.from('a'), false),
      frame(PING, Buffer.alloc(0)),
      frame(CONTINUATION, Buffer.from('b'), false),
      frame(CONTINUATION, Buffer.from('c')),
      frame(BINARY, Buffer.from('d')),
    ]);
    const said = new MessageReader().read(stream);
    expect(said.flatMap((each) => (each.is === 'data' ? [String(each.payload)] : []))).toEqual([
      'abc',
      'd',
    ]);
  });

  it('are refused where no server would send them so', () => {
    const masked = Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1]);
    expect(() => new MessageReader().read(masked)).toThrow('does not mask');
    const endless = Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
    expect(() => new MessageReader().read(endless)).toThrow('too long');
  });

  it('are answered as a client has to: masked', () => {
    expect([...pong(Buffer.from('x'))]).toEqual([0x8a, 0x81, 0, 0, 0, 0, 'x'.charCodeAt(0)]);
  });
});
