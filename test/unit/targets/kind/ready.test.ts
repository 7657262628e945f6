import { describe, expect, it } from 'vitest';
import { unready } from '../../../../harness/targets/kind/ready.ts';

const node = (name: string, ready?: { status: string; message: string }) => ({
  metadata: { name },
  status: { conditions: ready ? [{ type: 'Ready', ...ready }] : [] },
});
const list = (...items: unknown[]) => JSON.stringify({ items });
const READY = { status: 'True', message: 'kubelet is posting ready status' };

describe('nodes on their way', () => {
  it('are ready when every one that was asked for says so', () => {
    expect(unready(list(node('a', READY), node('b', READY)), ['a', 'b'])).toEqual([]);
  });

  it('are told with what keeps them', () => {
    const message = 'container runtime network not ready: cni plugin not initialized';
    const nodes = list(node('a', { status: 'False', message }), node('b'));
    expect(unready(nodes, ['a', 'b', 'c'])).toEqual([
      `a: ${message}`,
      'b: its kubelet has said nothing yet',
      'c has not joined',
    ]);
  });
});
