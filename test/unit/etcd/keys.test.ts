import { describe, expect, it } from 'vitest';
import { afterKey, endOfPrefix, keyBytes } from '../../../harness/etcd/keys.ts';

describe('a range of keys', () => {
  it('ends where the prefix ends', () => {
    expect(Buffer.from(endOfPrefix('/registry/')).toString()).toBe('/registry0');
  });

  it('carries over bytes that cannot be raised', () => {
    expect([...endOfPrefix(Uint8Array.of(1, 0xff, 0xff))]).toEqual([2]);
  });

  it('goes to the very end when no byte can be raised', () => {
    expect([...endOfPrefix(Uint8Array.of(0xff))]).toEqual([0]);
    expect([...endOfPrefix('')]).toEqual([0]);
  });

  it('continues after a key with nothing between', () => {
    const key = keyBytes('/a');
    expect(Buffer.compare(key, afterKey(key))).toBe(-1);
    expect([...afterKey(key)]).toEqual([...key, 0]);
  });
});
