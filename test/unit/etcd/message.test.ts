import { describe, expect, it } from 'vitest';
import {
  bytes,
  flag,
  id,
  integer,
  message,
  nested,
  repeated,
  text,
  texts,
} from '../../../harness/etcd/message.ts';
import { fc } from '../../seeded.ts';

const inner = message({ name: text(1), count: integer(2) });
const outer = message({
  id: id(1),
  flag: flag(2),
  value: bytes(3),
  names: texts(4),
  one: nested(5, inner),
  many: repeated(6, inner),
});

describe('a protobuf message', () => {
  it('reads back whatever it wrote', () => {
    const innerValue = fc.record({ name: fc.string(), count: fc.maxSafeNat() });
    const value = fc.record({
      id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((big) => big.toString(16)),
      flag: fc.boolean(),
      value: fc.uint8Array(),
      names: fc.array(fc.string()),
      one: innerValue,
      many: fc.array(innerValue),
    });
    fc.assert(
      fc.property(value, (given) => {
        const read = outer.decode(outer.encode(given));
        expect({ ...read, value: Buffer.from(read.value) }).toEqual({
          ...given,
          value: Buffer.from(given.value),
        });
      }),
    );
  });

  it('keeps all 64 bits of an id', () => {
    const read = outer.decode(outer.encode({ id: '8e9e05c52164694d' }));
    expect(read.id).toBe('8e9e05c52164694d');
  });

  it('leaves zero values out, as proto3 wants it', () => {
    expect(
      outer.encode({ id: '0', flag: false, value: new Uint8Array(0), names: [] }),
    ).toHaveLength(0);
  });

  it('writes an empty nested message, because its presence chooses', () => {
    expect([...outer.encode({ one: {} })]).toEqual([0x2a, 0]);
  });

  it('skips fields that it does not describe', () => {
    const wider = message({ name: text(1), extra: text(9), more: integer(15), count: integer(2) });
    const encoded = wider.encode({ name: 'a', extra: 'b', more: 7, count: 3 });
    expect(inner.decode(encoded)).toEqual({ name: 'a', count: 3 });
  });

  it('throws on bytes that end too early', () => {
    expect(() => inner.decode(Uint8Array.of(0x0a, 5, 0x61))).toThrow();
  });
});
