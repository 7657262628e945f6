import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/**
 * How one protobuf field is written and read. Zero values are left out on the wire, as proto3
 * wants it; fields that a message does not describe are skipped.
 */
interface Field<T> {
  no: number;
  initial(): T;
  write(writer: BinaryWriter, value: T): void;
  /** Folds one more occurrence into what was read so far. */
  read(reader: BinaryReader, soFar: T): T;
}

type Fields = Record<string, Field<never>>;
type ValueOf<F> = { [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

export interface Message<T> {
  encode(value: Partial<T>): Uint8Array;
  decode(bytes: Uint8Array): T;
}
export type MessageValue<M> = M extends Message<infer T> ? T : never;

export function message<F extends Record<string, unknown>>(
  fields: F & { [Name in keyof F]: F[Name] extends Field<infer _> ? F[Name] : never },
): Message<ValueOf<F>> {
  const described = Object.entries(fields as unknown as Fields);
  const byNo = new Map(described.map(([name, field]) => [field.no, { name, field }]));
  return {
    encode(value) {
      const writer = new BinaryWriter();
      for (const [name, field] of described) {
        const given = (value as Record<string, never>)[name];
        if (given !== undefined) field.write(writer, given);
      }
      return writer.finish();
    },
    decode(bytes) {
      const value: Record<string, unknown> = {};
      for (const [name, field] of described) value[name] = field.initial();
      const reader = new BinaryReader(bytes);
      while (reader.pos < reader.len) {
        const [no, wireType] = reader.tag();
        const known = byNo.get(no);
        if (known === undefined) reader.skip(wireType, no);
        else value[known.name] = known.field.read(reader, value[known.name] as never);
      }
      return value as ValueOf<F>;
    },
  };
}

/** int32, int64, enums: ours stay below 2^53. */
export function integer(no: number): Field<number> {
  return {
    no,
    initial: () => 0,
    write: (writer, value) => {
      if (value !== 0) writer.tag(no, WireType.Varint).int64(value);
    },
    read: (reader) => Number(reader.int64()),
  };
}

/** uint64 ids as lower-case hexadecimal, because a number would round them. */
export function id(no: number): Field<string> {
  return {
    no,
    initial: () => '0',
    write: (writer, value) => {
      if (value !== '0') writer.tag(no, WireType.Varint).uint64(BigInt(`0x${value}`));
    },
    read: (reader) => BigInt(reader.uint64()).toString(16),
  };
}

export function flag(no: number): Field<boolean> {
  return {
    no,
    initial: () => false,
    write: (writer, value) => {
      if (value) writer.tag(no, WireType.Varint).bool(value);
    },
    read: (reader) => reader.bool(),
  };
}

const NO_BYTES = new Uint8Array(0);

/** A view into the received message, not a copy. */
export function bytes(no: number): Field<Uint8Array> {
  return {
    no,
    initial: () => NO_BYTES,
    write: (writer, value) => {
      if (value.length > 0) writer.tag(no, WireType.LengthDelimited).bytes(value);
    },
    read: (reader) => reader.bytes(),
  };
}

export function text(no: number): Field<string> {
  return {
    no,
    initial: () => '',
    write: (writer, value) => {
      if (value !== '') writer.tag(no, WireType.LengthDelimited).string(value);
    },
    read: (reader) => reader.string(),
  };
}

export function texts(no: number): Field<string[]> {
  return {
    no,
    initial: () => [],
    write: (writer, values) => {
      for (const value of values) writer.tag(no, WireType.LengthDelimited).string(value);
    },
    read: (reader, soFar) => {
      soFar.push(reader.string());
      return soFar;
    },
  };
}

/** One message inside another; written even when it is empty, because its presence can choose. */
export function nested<T>(no: number, inner: Message<T>): Field<Partial<T> | undefined> {
  return {
    no,
    initial: () => undefined,
    write: (writer, value) => {
      if (value !== undefined) writer.tag(no, WireType.LengthDelimited).bytes(inner.encode(value));
    },
    read: (reader) => inner.decode(reader.bytes()),
  };
}

export function repeated<T>(no: number, inner: Message<T>): Field<T[]> {
  return {
    no,
    initial: () => [],
    write: (writer, values) => {
      for (const value of values)
        writer.tag(no, WireType.LengthDelimited).bytes(inner.encode(value));
    },
    read: (reader, soFar) => {
      soFar.push(inner.decode(reader.bytes()));
      return soFar;
    },
  };
}
