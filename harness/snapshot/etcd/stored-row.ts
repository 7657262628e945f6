/**
 * One value of bucket `key`, an mvccpb.KeyValue, decoded in place without an object a row
 * (https://github.com/etcd-io/etcd/blob/main/api/mvccpb/kv.proto). Stricter than etcd: fields must
 * come in the order and form that etcd writes, so that a flipped bit has few places to hide.
 */
export class StoredRow {
  keyStart = 0;
  keyEnd = 0;
  createRevision = 0;
  modRevision = 0;
  version = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Where the lease's varint starts; 0 when the row has none. */
  leaseStart = 0;
  #at = 0;

  /** False when the bytes are not what etcd writes. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.#clear(start);
    this.#at = start;
    let lastField = 0;
    while (this.#at < end) {
      const tag = bytes[this.#at] ?? 0;
      this.#at += 1;
      const field = tag >>> 3;
      if (field <= lastField || !this.#readField(tag, bytes, end)) return false;
      lastField = field;
    }
    return this.#at === end;
  }

  /** The lease's id; 0n when the row has none. Needs the bytes of the last `decode`. */
  lease(bytes: Uint8Array): bigint {
    if (this.leaseStart === 0) return 0n;
    let id = 0n;
    let shift = 0n;
    for (let at = this.leaseStart; ; at += 1) {
      const byte = bytes[at] ?? 0;
      id |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, id);
      shift += 7n;
    }
  }

  /** A tombstone holds nothing but the key that it removes. */
  get isKeyOnly(): boolean {
    return (
      this.createRevision === 0 &&
      this.modRevision === 0 &&
      this.version === 0 &&
      this.valueEnd === this.valueStart &&
      this.leaseStart === 0
    );
  }

  #clear(start: number): void {
    this.keyStart = start;
    this.keyEnd = start;
    this.createRevision = 0;
    this.modRevision = 0;
    this.version = 0;
    this.valueStart = start;
    this.valueEnd = start;
    this.leaseStart = 0;
  }

  #readField(tag: number, bytes: Uint8Array, end: number): boolean {
    const start = this.#at;
    // Go writes no field that is zero or empty.
    const value = this.#varint(bytes, end);
    if (value <= 0) return false;
    if (tag === 0x0a || tag === 0x2a) return this.#readBytes(tag, value, end);
    if (tag === 0x10) this.createRevision = value;
    else if (tag === 0x18) this.modRevision = value;
    else if (tag === 0x20) this.version = value;
    else if (tag === 0x30) this.leaseStart = start;
    else return false;
    return true;
  }

  #readBytes(tag: number, length: number, end: number): boolean {
    const start = this.#at;
    this.#at += length;
    if (this.#at > end) return false;
    if (tag === 0x0a) {
      this.keyStart = start;
      this.keyEnd = this.#at;
    } else {
      this.valueStart = start;
      this.valueEnd = this.#at;
    }
    return true;
  }

  /** Exact up to 2^53; -1 when it does not end in ten bytes or is not in its shortest form. */
  #varint(bytes: Uint8Array, end: number): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10 && this.#at < end; count += 1) {
      const byte = bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return byte === 0 && count > 0 ? -1 : value;
      factor *= 128;
    }
    return -1;
  }
}
