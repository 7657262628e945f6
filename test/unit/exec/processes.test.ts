import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  childrenOf,
  isAlive,
  processesInNamespaceOf,
  startTicks,
} from '../../../harness/exec/processes.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';

/** Above the largest pid that Linux gives. */
const NOBODY = 2 ** 22 + 1;

const started: ReturnType<typeof spawn>[] = [];

function start(script: string): { pid: number; child: ReturnType<typeof spawn> } {
  const child = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  return { pid: child.pid ?? NOBODY, child };
}

const childOf = (pid: number, count: number) =>
  until(
    'it has children',
    () => {
      const children = childrenOf(pid);
      return children.length === count ? done(children) : notYet(`${children.length}`);
    },
    { timeoutMs: 20_000, intervalMs: 5 },
  );

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

describe('processes by pid', () => {
  it('are alive while they run', async () => {
    const { pid, child } = start('exec sleep 60');
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid)).toBe(false);
  });

  it('are alive when they are stopped: a frozen host is not a dead one', async () => {
    const { pid, child } = start('exec sleep 60');
    child.kill('SIGSTOP');
    expect(isAlive(pid)).toBe(true);
  });

  it('are gone as zombies, which hold no port and no file', async () => {
    // The sleep that bash turns into never asks how its child ended; bash itself would.
    const { pid, child } = start('cat <&0 & exec sleep 60');
    const [zombie = NOBODY] = await childOf(pid, 1);
    await until(
      'bash has become another program',
      () =>
        readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n' ? done(true) : notYet('it is bash'),
      { timeoutMs: 20_000, intervalMs: 5 },
    );
    child.stdin?.end();
    await until('it has ended', () => (isAlive(zombie) ? notYet('it runs') : done(true)), {
      timeoutMs: 20_000,
      intervalMs: 5,
    });
    expect(childrenOf(pid)).toEqual([zombie]);
    expect(startTicks(zombie)).toBeDefined();
  });

  it('that nobody ever started are neither alive nor anything else', () => {
    expect(isAlive(NOBODY)).toBe(false);
    expect(startTicks(NOBODY)).toBeUndefined();
    expect(childrenOf(NOBODY)).toEqual([]);
    expect(processesInNamespaceOf(NOBODY)).toEqual([]);
  });

  it('have children in the order of their start', async () => {
    const { pid, child } = start('sleep 60 & echo $!; sleep 60 & echo $!; wait');
    const [first = NOBODY, second = NOBODY] = await childOf(pid, 2);
    const [printed] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    expect(`${first}\n${second}\n`.startsWith(String(printed))).toBe(true);
    for (const each of [first, second]) process.kill(each, 'SIGKILL');
  });

  it('keep the time of their start, whatever they call themselves', async () => {
    const { pid } = start('exec -a "we) R ird" sleep 60');
    const ticks = startTicks(pid);
    expect(ticks).toBeGreaterThan(0);
    expect(startTicks(pid)).toBe(ticks);
    expect(ticks).toBeGreaterThanOrEqual(startTicks(process.pid) ?? Number.NaN);
  });

  it('see those of their own PID namespace', () => {
    const { pid } = start('exec sleep 60');
    expect(processesInNamespaceOf(process.pid)).toEqual(expect.arrayContaining([process.pid, pid]));
  });
});
