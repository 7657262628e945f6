import { hostname } from 'node:os';
import { z } from 'zod';
import { isAlive as isRunning, startTicks as startTicksOf } from '../exec/processes.ts';

const ownerSchema = z.object({ pid: z.number(), startTicks: z.string(), host: z.string() });

/** A process, told apart from a later one with the same number by the tick at which it started. */
export type Owner = z.infer<typeof ownerSchema>;

export const ownWord: string = writeOwner({
  pid: process.pid,
  startTicks: String(startTicksOf(process.pid) ?? 0),
  host: hostname(),
});

/** One word that may be part of a file name: `4711-1234567-machine`. */
export function writeOwner(owner: Owner): string {
  return `${owner.pid}-${owner.startTicks}-${owner.host}`;
}

export function readOwner(word: string): Owner | undefined {
  const [, pid, startTicks, host] = /^(\d+)-(\d+)-(.+)$/.exec(word) ?? [];
  const owner = ownerSchema.safeParse({ pid: Number(pid), startTicks, host });
  return owner.success ? owner.data : undefined;
}

/** Whether the process still runs. Of another machine (a shared home) nothing is known, so it counts as alive. */
export function isAlive({ pid, startTicks, host }: Owner): boolean {
  if (host !== hostname()) return true;
  if (process.platform !== 'linux') return answersSignals(pid);
  return isRunning(pid) && String(startTicksOf(pid)) === startTicks;
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
