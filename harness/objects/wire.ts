/**
 * Walks the fields of one protobuf message in place: no copy, no object a field. For the few
 * paths that run once per stored revision; everything else is decoded by shape.ts.
 * A field that does not fit into the message ends the walk and sets `malformed`.
 */
export class FieldCursor {
  readonly #bytes: Uint8Array;
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
    this.#bytes = bytes;
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
    if (this.wireType === 0) this.#varint();
    else if (this.wireType === 1) this.#next += 8;
    else if (this.wireType === 5) this.#next += 4;
    else if (this.wireType === 2) {
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
      value = value * 128 + ((this.#bytes[at] ?? 0) & 0x7f);
    return value;
  }

  /** Exact up to 2^53; larger ones only matter as "too large" here. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#bytes[this.#next];
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
