import { describe, expect, it } from 'vitest';
import { requireMemory } from '../../../../harness/targets/kind/memory.ts';

const MIB = 1024 ** 2;

describe('the memory for a kind cluster', () => {
  it('is enough for what was seen to run', () => {
    requireMemory(2048 * MIB, { controlPlanes: 1, workers: 1 });
    requireMemory(4096 * MIB, { controlPlanes: 3, workers: 2 });
  });

  it('is too little, with how much and what to do', () => {
    expect(() => requireMemory(2048 * MIB, { controlPlanes: 3, workers: 0 })).toThrow(
      expect.objectContaining({
        kind: 'environment',
        happened: 'Docker has 2048 MiB of memory, and they need 2300',
        hint: 'give Docker more memory, or try --control-planes 1',
      }),
    );
    expect(() => requireMemory(1024 * MIB, { controlPlanes: 1, workers: 0 })).toThrow(/1 node:/);
  });
});
