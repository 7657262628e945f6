/** Where etcd's keys of interest begin, and how a prefix becomes a range. */

const ENCODER = new TextEncoder();

export function keyBytes(key: string | Uint8Array): Uint8Array {
  return typeof key === 'string' ? ENCODER.encode(key) : key;
}

/** Where a range over a prefix begins; the empty prefix means every key. */
export function startOfPrefix(prefix: string | Uint8Array): Uint8Array {
  const start = keyBytes(prefix);
  return start.length === 0 ? Uint8Array.of(0) : start;
}

/** The first key after every key that starts with `prefix`. A single zero byte means "to the end". */
export function endOfPrefix(prefix: string | Uint8Array): Uint8Array {
  const end = Uint8Array.from(keyBytes(prefix));
  for (let last = end.length - 1; last >= 0; last -= 1) {
    const byte = end[last] ?? 0xff;
    if (byte < 0xff) {
      end[last] = byte + 1;
      return end.subarray(0, last + 1);
    }
  }
  return Uint8Array.of(0);
}

/** The key that comes directly after `key`. */
export function afterKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** Of a drill without Kubernetes: what it populates, the canary included. */
export const PLAIN_ROOT = '/kubedrill/';
/** Keys that the harness writes while it looks; never compared. */
export const PLAIN_CANARIES = '/kubedrill/canary/';
