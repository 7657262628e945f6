import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const ownerSchema = z.object({ pid: z.number(), startTicks: z.string(), host: z.string() });

/** A process, told apart from a later one with the same number by the tick at which it started. */
export type Owner = z.infer<typeof ownerSchema>;

export const ownWord: string = writeOwner({
  pid: process.pid,
  startTicks: startTicksOf(process.pid) ?? '0',
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
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  const startTicks = startTicksOf(owner.pid);
  if (startTicks !== undefined) return startTicks === owner.startTicks;
  return process.platform !== 'linux' && answersSignals(owner.pid);
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)); undefined when it is gone, a zombie, or there is no /proc. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
