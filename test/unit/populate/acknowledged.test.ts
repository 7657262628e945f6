import { describe, expect, it } from 'vitest';
import { highestRevisionOf, rpoOf } from '../../../harness/populate/acknowledged.ts';

const backup = { atMs: 1000, revision: 50 };
const write = (atMs: number, revision: number) => ({ atMs, revision, host: 'h' });

describe('the recovery point', () => {
  it('is measured from the backup to the last acknowledged write', () => {
    const writes = [write(900, 48), write(1100, 55), write(1800, 90)];
    expect(rpoOf(writes, backup, 2000, 7)).toEqual({ ms: 800, revisions: 40, objects: 8 });
  });

  it('does not count what the restored cluster acknowledged', () => {
    const writes = [write(1100, 55), write(5000, 1_000_000)];
    expect(rpoOf(writes, backup, 2000, 0)).toEqual({ ms: 100, revisions: 5, objects: 1 });
  });

  it('is nothing when nothing was written after the backup', () => {
    expect(rpoOf([write(900, 48)], backup, 2000, 0)).toEqual({ ms: 0, revisions: 0, objects: 0 });
  });

  it('knows the highest revision, not the last: a restore may have gone back', () => {
    expect(highestRevisionOf([write(1, 90), write(2, 60)])).toBe(90);
    expect(highestRevisionOf([])).toBe(0);
  });
});
