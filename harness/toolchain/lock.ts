import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../support/clock.ts';
import { done, notYet, until } from '../support/until.ts';
import { isAlive, type Owner, ownWord, readOwner } from './owner.ts';

export interface LockWait {
  clock: Clock;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** Called at each look while another process has the lock. */
  onWait: (owner: Owner, waitedMs: number) => void;
}

/**
 * Does `work` while no other kubedrill does the like. The lock saves double work and no more: what
 * is made under it is put in place by rename, so that a lock lost to bad luck costs only time.
 * @throws DrillError when the lock was not free within `timeoutMs`, or `signal` aborts.
 */
export async function withLock<T>(
  path: string,
  wait: LockWait,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const startMs = wait.clock.monotonicMs();
  const look = async () => {
    try {
      const holder = await take(path);
      if (holder === undefined) return done(undefined);
      if (holder === 'dead') return notYet('its holder died');
      wait.onWait(holder, wait.clock.monotonicMs() - startMs);
      return notYet(`pid ${holder.pid} on ${holder.host} has it`);
    } catch (thrown) {
      return done(thrown); // A full disk does not get better by waiting.
    }
  };
  const { clock, signal, timeoutMs } = wait;
  const broken = await until(`nobody else has the lock ${path}`, look, {
    clock,
    signal,
    timeoutMs,
    intervalMs: 250,
    hint: `if no other kubedrill is building: rm ${path}`,
  });
  if (broken !== undefined) throw broken;
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Takes the lock or says who has it; the lock of a dead process is broken, to be taken at the next look. */
async function take(path: string): Promise<Owner | 'dead' | undefined> {
  const own = `${path}.${ownWord}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(own, ownWord);
    if (await linked(own, path)) return undefined;
    const word = await readFile(path, 'utf8').catch(() => undefined);
    if (word === undefined) return 'dead';
    const holder = readOwner(word);
    if (holder !== undefined && isAlive(holder)) return holder;
    await breakLock(path, word, own);
    return 'dead';
  } finally {
    await rm(own, { force: true });
  }
}

/** A hard link appears whole or not at all, and never replaces another's. */
async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

/** Moves a dead process's lock away; puts it back when somebody living took it in the meantime. */
async function breakLock(path: string, staleWord: string, own: string): Promise<void> {
  const aside = `${own}.broken`;
  try {
    await rename(path, aside);
  } catch {
    return; // Another waiter was faster.
  }
  if ((await readFile(aside, 'utf8')) !== staleWord) await linked(aside, path);
  await rm(aside, { force: true });
}
