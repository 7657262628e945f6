import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import {
  bool,
  bytes,
  integer,
  list,
  map,
  one,
  shape,
  text,
} from '../../../harness/objects/shape.ts';

const drawer = shape({
  label: one(1, text),
  count: one(2, integer),
  open: one(3, bool),
  content: one(4, bytes),
  spoons: list(5, integer),
  owners: map(6, text),
});

function written(write: (to: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

describe('shape', () => {
  it('reads what another implementation of protobuf wrote', () => {
    const owner = written((to) => to.tag(1, WireType.LengthDelimited).string('ada'));
    const message = written((to) =>
      to
        .tag(1, WireType.LengthDelimited)
        .string('Löffel')
        .tag(3, WireType.Varint)
        .bool(true)
        .tag(4, WireType.LengthDelimited)
        .bytes(Uint8Array.of(0, 255))
        .tag(5, WireType.Varint)
        .int32(7)
        .tag(5, WireType.Varint)
        .int32(300)
        .tag(6, WireType.LengthDelimited)
        .bytes(owner)
        .tag(90, WireType.Bit64)
        .fixed64(1),
    );
    expect(drawer.fromBytes(message)).toEqual({
      label: 'Löffel',
      count: undefined,
      open: true,
      content: Buffer.of(0, 255),
      spoons: [7, 300],
      owners: new Map([['ada', '']]),
    });
  });

  it.each([0, 1, -1, -2147483648, 2147483647, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'reads the number %d',
    (number) => {
      const message = written((to) => to.tag(2, WireType.Varint).int64(number));
      expect(drawer.fromBytes(message).count).toBe(number);
    },
  );

  it.each([
    ['a text longer than the message', [0x0a, 0x7f, 0x41]],
    ['a number without end', [0x10, ...new Array<number>(11).fill(0xff)]],
    ['field 0', [0x00, 0x00]],
    ['a group, which nobody writes', [0x0b, 0x0c]],
    ['a map entry that ends in its key', [0x32, 0x02, 0x0a, 0x05]],
  ])('refuses %s', (_, message) => {
    expect(() => drawer.fromBytes(Uint8Array.from(message))).toThrow();
  });

  it('takes a field of another wire type for one that it does not know', () => {
    expect(drawer.fromBytes(Uint8Array.of(0x08, 0x01)).label).toBeUndefined();
  });
});
