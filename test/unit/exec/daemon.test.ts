import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon } from '../../../harness/exec/daemon.ts';
import { isAlive } from '../../../harness/exec/processes.ts';

let folder: string;
let logFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-daemon-'));
  logFile = join(folder, 'etcd.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a daemon', () => {
  it('runs until it is told to end, and says how it ended', async () => {
    const daemon = startDaemon('sleep', ['60'], { logFile });
    expect(daemon && isAlive(daemon.pid)).toBe(true);
    daemon?.kill('SIGTERM');
    expect(await daemon?.ended).toEqual({ exitCode: null, signal: 'SIGTERM' });
    expect(daemon && isAlive(daemon.pid)).toBe(false);
  });

  it('tells the exit code of one that ends by itself', async () => {
    const daemon = startDaemon('bash', ['-c', 'exit 4'], { logFile });
    expect(await daemon?.ended).toEqual({ exitCode: 4, signal: null });
  });

  it('appends both streams to its log, those of an earlier start stay', async () => {
    for (const turn of ['first', 'second']) {
      const daemon = startDaemon('bash', ['-c', `echo ${turn}; echo error >&2`], { logFile });
      await daemon?.ended;
    }
    expect(await readFile(logFile, 'utf8')).toBe('first\nerror\nsecond\nerror\n');
  });

  it('gets no environment but its own where that is asked for', async () => {
    const env = { PATH: process.env.PATH ?? '', ETCD_NAME: 'etcd-1' };
    const script = 'echo "$ETCD_NAME,$HOME,$PWD"';
    const daemon = startDaemon('bash', ['-c', script], {
      logFile,
      env,
      bareEnvironment: true,
      cwd: folder,
    });
    await daemon?.ended;
    expect(await readFile(logFile, 'utf8')).toBe(`etcd-1,,${folder}\n`);
  });

  it('is undefined when there is no such program, and nothing is thrown later', async () => {
    expect(startDaemon('kubedrill-no-such-program', [], { logFile })).toBeUndefined();
  });

  it('may be killed again after its end', async () => {
    const daemon = startDaemon('true', [], { logFile });
    await daemon?.ended;
    daemon?.kill('SIGKILL');
    expect(await daemon?.ended).toEqual({ exitCode: 0, signal: null });
  });
});
