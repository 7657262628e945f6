import { timingSafeEqual } from 'node:crypto';

/**
 * Opens a NaCl secretbox (XSalsa20-Poly1305), which Node's crypto lacks and kube-apiserver offers.
 * https://nacl.cr.yp.to/secretbox.html, https://cr.yp.to/snuffle/xsalsa-20110204.pdf
 * @param key 32 bytes. @param nonce 24 bytes. @param box tag (16 bytes) and ciphertext.
 * @throws Error when the key or the box is another one.
 */
export function openSecretbox(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw new Error(`${key.length * 8} bits are no secretbox key`);
  if (box.length < TAG_BYTES || nonce.length !== NONCE_BYTES) throw new Error('it is cut');
  const subkey = hsalsa20(words(key), words(nonce.subarray(0, 16)));
  const stream = salsa20Stream(subkey, words(nonce.subarray(16)), KEY_BYTES + box.length);
  const ciphertext = box.subarray(TAG_BYTES);
  const tag = poly1305(stream.subarray(0, KEY_BYTES), ciphertext);
  if (!timingSafeEqual(tag, box.subarray(0, TAG_BYTES))) throw new Error('its tag does not fit');
  return ciphertext.map((byte, index) => byte ^ (stream[KEY_BYTES + index] ?? 0));
}

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

function words(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4, true));
}

/** Key and 16 bytes of input around the diagonal of constants. */
function initialState(key: Uint32Array, input: Uint32Array): Uint32Array {
  const state = new Uint32Array(16);
  SIGMA.forEach((constant, at) => {
    state[at * 5] = constant;
  });
  state.set(key.subarray(0, 4), 1);
  state.set(input, 6);
  state.set(key.subarray(4), 11);
  return state;
}

const COLUMNS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
] as const;
const ROWS = [
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

function twentyRounds(state: Uint32Array): void {
  for (let round = 0; round < 20; round += 2) {
    for (const [a, b, c, d] of COLUMNS) quarterRound(state, a, b, c, d);
    for (const [a, b, c, d] of ROWS) quarterRound(state, a, b, c, d);
  }
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(x, b, a, d, 7);
  mix(x, c, b, a, 9);
  mix(x, d, c, b, 13);
  mix(x, a, d, c, 18);
}

function mix(x: Uint32Array, into: number, one: number, two: number, bits: number): void {
  const sum = ((x[one] ?? 0) + (x[two] ?? 0)) | 0;
  x[into] = (x[into] ?? 0) ^ ((sum << bits) | (sum >>> (32 - bits)));
}

function hsalsa20(key: Uint32Array, input: Uint32Array): Uint32Array {
  const state = initialState(key, input);
  twentyRounds(state);
  return Uint32Array.from([0, 5, 10, 15, 6, 7, 8, 9], (at) => state[at] ?? 0);
}

function salsa20Stream(key: Uint32Array, nonce: Uint32Array, lengthBytes: number): Uint8Array {
  const blocks = Math.ceil(lengthBytes / BLOCK_BYTES);
  const stream = new Uint8Array(blocks * BLOCK_BYTES);
  const view = new DataView(stream.buffer);
  for (let block = 0; block < blocks; block += 1) {
    const start = initialState(key, Uint32Array.of(...nonce, block, 0));
    const state = Uint32Array.from(start);
    twentyRounds(state);
    state.forEach((word, at) => {
      view.setUint32(block * BLOCK_BYTES + at * 4, (word + (start[at] ?? 0)) >>> 0, true);
    });
  }
  return stream;
}

const PRIME = (1n << 130n) - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** https://www.rfc-editor.org/rfc/rfc8439#section-2.5 */
function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(block.length * 8))) * r) % PRIME;
  }
  const tag = BigInt.asUintN(128, sum + littleEndian(key.subarray(16)));
  return Buffer.from(tag.toString(16).padStart(TAG_BYTES * 2, '0'), 'hex').reverse();
}

function littleEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}
