import { describe, expect, test } from 'vitest';
import { openSecretbox } from '../../../../harness/snapshot/hazards/secretbox.ts';

/** The vector of NaCl's own tests (tests/secretbox.c). */
const hex = (...parts: string[]) => Buffer.from(parts.join(''), 'hex');
const key = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
const message = hex(
  'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc',
  'e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31',
  '0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde',
  '048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864',
  '5e0705',
);
const box = hex(
  'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce',
  '48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972',
  '71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae',
  '90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3',
  '7973f622a43d14a6599b1f654cb45a74e355a5',
);

describe('a secretbox', () => {
  test('opens with its key', () => {
    expect(Buffer.from(openSecretbox(key, nonce, box))).toEqual(message);
  });

  test.each([0, 15, 16, box.length - 1])('does not open when byte %i was changed', (at) => {
    const changed = Buffer.from(box);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => openSecretbox(key, nonce, changed)).toThrow('its tag does not fit');
  });

  test('does not open with another key, another nonce, or cut', () => {
    const other = Buffer.from(key).fill(1);
    expect(() => openSecretbox(other, nonce, box)).toThrow('its tag does not fit');
    expect(() => openSecretbox(key, Buffer.from(nonce).fill(1), box)).toThrow('does not fit');
    expect(() => openSecretbox(key, nonce, box.subarray(0, 10))).toThrow('it is cut');
    expect(() => openSecretbox(key.subarray(1), nonce, box)).toThrow('248 bits');
  });
});
