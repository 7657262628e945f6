import type { Envelope } from './envelope.ts';
import { bufferOver, FieldCursor, LENGTH_DELIMITED, VARINT } from './wire.ts';

/**
 * One description of the fields we need of a Kubernetes type, by JSON name and protobuf number,
 * that decodes both storage forms to the same value. Fields that are not described are skipped.
 * Every decoder throws a plain Error on bytes that do not fit; `decode` turns that into null.
 */
export interface Codec<T> {
  wireType: number;
  /** Reads the field that the cursor stands on. */
  fromWire(field: FieldCursor): T;
  fromJson(json: unknown): T;
}

export interface Field<T> {
  no: number;
  wireType: number;
  initial(): T;
  /** Folds one more occurrence of the field into what was read so far. */
  fold(soFar: T, field: FieldCursor): T;
  fromJson(json: unknown): T;
  /** In JSON its members stand among those of the message that holds it. */
  inlined?: true;
}

type FieldsOf<F> = { [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

function mismatch(expected: string): never {
  throw new Error(`not ${expected}`);
}

export const text: Codec<string> = {
  wireType: LENGTH_DELIMITED,
  fromWire: (field) => field.text(),
  fromJson: (json) => (typeof json === 'string' ? json : mismatch('a string')),
};

export const bool: Codec<boolean> = {
  wireType: VARINT,
  fromWire: (field) => field.varint() !== 0,
  fromJson: (json) => (typeof json === 'boolean' ? json : mismatch('a boolean')),
};

/** int32 and int64; our fields stay below 2^53. */
export const integer: Codec<number> = {
  wireType: VARINT,
  fromWire: (field) => field.integer(),
  fromJson: (json) => (typeof json === 'number' ? json : mismatch('a number')),
};

/** `[]byte`: raw in protobuf, base64 in JSON. A copy: it may outlive the row it was read from. */
export const bytes: Codec<Uint8Array> = {
  wireType: LENGTH_DELIMITED,
  fromWire: (field) => Buffer.from(field.bytes.subarray(field.start, field.stop)),
  fromJson: (json) => Buffer.from(text.fromJson(json), 'base64'),
};

/** metav1.Time and MicroTime {seconds 1, nanos 2}, as RFC 3339 with milliseconds when there are some. */
export const time: Codec<string> = {
  wireType: LENGTH_DELIMITED,
  fromWire: (field) => {
    const stamp = timestamp.fromWire(field);
    return rfc3339((stamp.seconds ?? 0) * 1000 + Math.floor((stamp.nanos ?? 0) / 1e6));
  },
  fromJson: (json) => rfc3339(Date.parse(text.fromJson(json))),
};

function rfc3339(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) mismatch('a time');
  return date.toISOString().replace('.000Z', 'Z');
}

/** An optional field. */
export function one<T>(no: number, codec: Codec<T>): Field<T | undefined> {
  return {
    no,
    wireType: codec.wireType,
    initial: () => undefined,
    fold: (_, field) => codec.fromWire(field),
    fromJson: (json) => codec.fromJson(json),
  };
}

/** An embedded Go struct: a message of its own in protobuf, no level of its own in JSON. */
export function inlined<T>(no: number, codec: Codec<T>): Field<T | undefined> {
  return { ...one(no, codec), inlined: true };
}

/** A repeated field; empty when absent. */
export function list<T>(no: number, codec: Codec<T>): Field<T[]> {
  return {
    no,
    wireType: codec.wireType,
    initial: () => [],
    fold: (soFar, field) => {
      soFar.push(codec.fromWire(field));
      return soFar;
    },
    fromJson: (json) =>
      Array.isArray(json) ? json.map((item) => codec.fromJson(item)) : mismatch('a list'),
  };
}

/** A map with string keys {key 1, value 2}; empty when absent. */
export function map<T>(no: number, codec: Codec<T>): Field<Map<string, T>> {
  const entry = shape({ key: one(1, text), value: one(2, codec) });
  return {
    no,
    wireType: LENGTH_DELIMITED,
    initial: () => new Map(),
    fold: (soFar, field) => {
      const { key, value } = entry.fromWire(field);
      // Go leaves an empty value out of the entry.
      return soFar.set(key ?? '', value ?? codec.fromWire(new FieldCursor(EMPTY)));
    },
    fromJson: (json) =>
      new Map(
        Object.entries(record(json)).map(([key, value]) => [key, codec.fromJson(value)] as const),
      ),
  };
}

/** The empty string, the empty message. */
const EMPTY = new Uint8Array();

/** A message, which can also be read from its bare bytes. */
export interface Shape<T> extends Codec<T> {
  fromBytes(body: Uint8Array): T;
}

export function shape<F extends Record<string, Field<unknown>>>(fields: F): Shape<FieldsOf<F>> {
  const named = Object.entries(fields);
  const byNo = new Map(named.map(([name, field]) => [field.no, { name, field }]));
  const initial = () => {
    const value: Record<string, unknown> = {};
    for (const [name, field] of named) value[name] = field.initial();
    return value;
  };
  const fromFields = (at: FieldCursor) => {
    const value = initial();
    while (at.next()) {
      const known = byNo.get(at.fieldNo);
      if (known === undefined || known.field.wireType !== at.wireType) continue;
      value[known.name] = known.field.fold(value[known.name], at);
    }
    return at.malformed ? mismatch('a message') : (value as FieldsOf<F>);
  };
  return {
    wireType: LENGTH_DELIMITED,
    fromBytes: (body) => fromFields(new FieldCursor(body)),
    fromWire: (field) => fromFields(field.message()),
    fromJson: (json) => {
      const members = record(json);
      const value = initial();
      for (const [name, field] of named) {
        const member = field.inlined ? json : members[name];
        if (member !== undefined && member !== null) value[name] = field.fromJson(member);
      }
      return value as FieldsOf<F>;
    },
  };
}

function record(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : mismatch('an object');
}

const timestamp = shape({ seconds: one(1, integer), nanos: one(2, integer) });

/** IntOrString {type 1, intVal 2, strVal 3} as text. */
export const intOrString: Codec<string> = {
  wireType: LENGTH_DELIMITED,
  fromWire: (field) => {
    const parts = intOrStringParts.fromWire(field);
    return parts.type === 1 ? (parts.strVal ?? '') : String(parts.intVal ?? 0);
  },
  fromJson: (json) => (typeof json === 'number' ? String(json) : text.fromJson(json)),
};
const intOrStringParts = shape({
  type: one(1, integer),
  intVal: one(2, integer),
  strVal: one(3, text),
});

/** Decodes the body of a protobuf or JSON value; null when it cannot be, or does not fit. */
export function decode<T>(codec: Shape<T>, envelope: Envelope): T | null {
  if (envelope.body === null || envelope.problem !== null) return null;
  try {
    return envelope.encoding === 'json'
      ? codec.fromJson(JSON.parse(bufferOver(envelope.body).toString('utf8')))
      : codec.fromBytes(envelope.body);
  } catch {
    return null;
  }
}
