export const VARINT = 0;
export const LENGTH_DELIMITED = 2;

/** Of a negative number: all 64 bits of its two's complement. */
const NEGATIVE_VARINT_BYTES = 10;

/**
 * Walks the fields of one protobuf message in place: no copy, no object a field. Small on purpose:
 * a package for it takes longer to load than a small snapshot takes to be read.
 * A field that does not fit into the message ends the walk and sets `malformed`.
 */
export class FieldCursor {
  readonly bytes: Uint8Array;
  readonly #end: number;
  #next: number;
  fieldNo = 0;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  wireType = 0;
  /** Where the field's content starts and stops; for a varint, its own bytes. */
  start = 0;
  stop = 0;
  malformed = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#next = start;
    this.#end = end;
  }

  /** Steps to the next field; false at the end and at the first malformed one. */
  next(): boolean {
    if (this.malformed || this.#next >= this.#end) return false;
    const tag = this.#varint();
    this.wireType = tag & 7;
    this.fieldNo = tag >>> 3;
    this.start = this.#next;
    if (this.wireType === VARINT) this.#varint();
    else if (this.wireType === 1) this.#next += 8;
    else if (this.wireType === 5) this.#next += 4;
    else if (this.wireType === LENGTH_DELIMITED) {
      const length = this.#varint();
      this.start = this.#next;
      this.#next += length;
    } else this.malformed = true;
    if (this.fieldNo === 0 || this.#next > this.#end) this.malformed = true;
    this.stop = this.#next;
    return !this.malformed;
  }

  /** The value of the varint field the cursor stands on. */
  varint(): number {
    let value = 0;
    for (let at = this.stop - 1; at >= this.start; at -= 1)
      value = value * 128 + ((this.bytes[at] ?? 0) & 0x7f);
    return value;
  }

  /** The same as an int32 or int64. */
  integer(): number {
    if (this.stop - this.start < NEGATIVE_VARINT_BYTES) return this.varint();
    let value = 0n;
    for (let at = this.stop - 1; at >= this.start; at -= 1)
      value = (value << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    return Number(BigInt.asIntN(64, value));
  }

  /** The text of the length-delimited field the cursor stands on. */
  text(): string {
    return bufferOver(this.bytes).toString('utf8', this.start, this.stop);
  }

  /** The message in the field the cursor stands on. */
  message(): FieldCursor {
    return new FieldCursor(this.bytes, this.start, this.stop);
  }

  /** Exact up to 2^53; larger ones only matter as "too large" here. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.bytes[this.#next];
      if (byte === undefined || this.#next >= this.#end) break;
      this.#next += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    this.malformed = true;
    return 0;
  }
}

/** Bytes as a Buffer over the same memory, for its fast text methods. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
