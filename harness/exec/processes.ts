import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Looks at the machine's processes through /proc, always by pid. */

/**
 * True while the process is there. A zombie holds no port and no file any more and counts as gone,
 * but only when its last thread has ended: the first one of a killed program often ends before the others.
 */
export function isAlive(pid: number): boolean {
  const state = statusLine(pid, 'State');
  if (state === undefined) return false;
  return !/^[ZX]/.test(state) || threadsOf(pid) > 1;
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

/** The pids of the children of a process, in the order in which they were started. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

/** Every process that lives in the same PID namespace as `pid`. */
export function processesInNamespaceOf(pid: number): number[] {
  const namespace = link(`/proc/${pid}/ns/pid`);
  if (namespace === undefined) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && link(`/proc/${entry}/ns/pid`) === namespace)
    .map(Number);
}

/** When the process was started, in clock ticks since boot: with the pid it names a process for good. */
export function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}

function statusLine(pid: number, name: string): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
  } catch {
    return undefined;
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
