import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDaemon } from '../../../harness/exec/daemon.ts';
import {
  forgetRun,
  isRunning,
  registeredRuns,
  registerRun,
} from '../../../harness/runner/run-registry.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-state-'));
  vi.stubEnv('XDG_STATE_HOME', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const onlyRun = async () => {
  const [run] = await registeredRuns();
  if (!run) throw new Error('no run is registered');
  return run;
};

describe('the register of runs', () => {
  it('is empty before the first run', async () => {
    expect(await registeredRuns()).toEqual([]);
  });

  it('knows a run from its registration until it is forgotten', async () => {
    await registerRun('run-1', '/runs/1');
    await registerRun('run-2', '/runs/2');
    expect((await registeredRuns()).map(({ runId, directory }) => [runId, directory])).toEqual([
      ['run-1', '/runs/1'],
      ['run-2', '/runs/2'],
    ]);
    await forgetRun('run-1');
    await forgetRun('run-1');
    expect((await registeredRuns()).map(({ runId }) => runId)).toEqual(['run-2']);
  });

  it('passes over what is no registration: clean must go on with the others', async () => {
    await registerRun('run-1', '/runs/1');
    const runs = join(folder, 'kubedrill/runs');
    await writeFile(join(runs, 'other.json'), '{"runId":"other"}');
    await writeFile(join(runs, 'cut.json'), '{"runId":"cu');
    await writeFile(join(runs, 'empty.json'), '');
    expect((await registeredRuns()).map(({ runId }) => runId)).toEqual(['run-1']);
  });
});

describe('a registered run', () => {
  it('is running while the process that registered it is', async () => {
    await registerRun('run-1', '/runs/1');
    expect(isRunning(await onlyRun())).toBe(true);
  });

  it('is not running when its pid belongs to another process by now', async () => {
    await registerRun('run-1', '/runs/1');
    const run = await onlyRun();
    expect(isRunning({ ...run, startTicks: run.startTicks - 1 })).toBe(false);
  });

  it('is not running when its process has ended', async () => {
    await registerRun('run-1', '/runs/1');
    const ended = startDaemon('true', [], { logFile: join(folder, 'log') });
    await ended?.ended;
    expect(isRunning({ ...(await onlyRun()), pid: ended?.pid ?? 0 })).toBe(false);
  });
});
