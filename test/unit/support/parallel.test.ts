import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../harness/support/parallel.ts';

describe('tasks in parallel', () => {
  it('run no more at a time than allowed, and give results in the order of the items', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (item, index) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      running -= 1;
      return `${index}:${item}`;
    });
    expect(results).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
    expect(most).toBe(2);
  });

  it('fail with the first error', async () => {
    const tasks = inParallel([1, 2, 3], 3, async (item) => {
      if (item === 2) throw new Error('two');
    });
    await expect(tasks).rejects.toThrow('two');
  });

  it('bear that there is nothing to do', async () => {
    expect(await inParallel([], 4, async () => 1)).toEqual([]);
  });
});
