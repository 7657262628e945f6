import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../harness/support/clock.ts';
import { withLock } from '../../../harness/toolchain/lock.ts';
import { isAlive, ownWord, readOwner, writeOwner } from '../../../harness/toolchain/owner.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const wait = { clock: systemClock, signal: undefined, timeoutMs: 5000, onWait: () => {} };

test('work under the lock is never done by two at once, and nothing is left', async () => {
  const lock = join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await readdir(folder);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(lock, wait, work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock is given back when the work throws', async () => {
  const lock = join(folder, 'lock');
  const failing = withLock(lock, wait, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await withLock(lock, wait, async () => 'mine')).toBe('mine');
});

test.each([
  ['a process that is gone', writeOwner({ pid: 2 ** 22 + 1, startTicks: '5', host: hostOf() })],
  ['an earlier process with our pid', writeOwner({ ...own(), startTicks: '1' })],
  ['nobody that can be read', 'rubbish'],
])('the lock of %s is taken over', async (_, word) => {
  const lock = join(folder, 'lock');
  await writeFile(lock, word);
  expect(await withLock(lock, wait, async () => 'mine')).toBe('mine');
  expect(await readdir(folder)).toEqual([]);
});

test('a lock that stays taken ends in an error that says whose it is', async () => {
  const lock = join(folder, 'lock');
  await writeFile(lock, ownWord);
  const late = withLock(lock, { ...wait, timeoutMs: 10 }, async () => 'mine');
  await expect(late).rejects.toThrow(`pid ${process.pid}`);
});

test('a folder that cannot be written is an error at once, not a wait', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(withLock(join(folder, 'file', 'lock'), wait, async () => 1)).rejects.toThrow();
});

test('a process of another machine counts as alive, since nothing is known of it', () => {
  expect(isAlive({ ...own(), host: 'elsewhere', startTicks: '1' })).toBe(true);
  expect(isAlive(own())).toBe(true);
});

function own() {
  const owner = readOwner(ownWord);
  if (owner === undefined) throw new Error(`${ownWord} cannot be read`);
  return owner;
}

function hostOf(): string {
  return own().host;
}
