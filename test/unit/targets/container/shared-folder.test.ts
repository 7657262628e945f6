import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireShared } from '../../../../harness/targets/container/shared-folder.ts';
import type { RunningHost } from '../../../../harness/targets/host.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A host whose `/backup` is a folder of this machine. */
function hostThatSees(seen: string): RunningHost {
  const shell = async (script: string) => {
    const [, path = ''] = /^test -e \/backup\/(.+)$/.exec(script) ?? [];
    return { exitCode: existsSync(join(seen, path)) ? 0 : 1 };
  };
  return { shell } as unknown as RunningHost;
}

it('a folder that the host sees too is shared, and stays as it was', async () => {
  await requireShared(folder, '/backup', hostThatSees(folder));
  expect(await readdir(folder)).toEqual([]);
});

it('another folder of the same name is told apart', async () => {
  const other = join(folder, 'other');
  await expect(requireShared(folder, '/backup', hostThatSees(other))).rejects.toMatchObject({
    kind: 'environment',
    hint: expect.stringContaining('--out'),
  });
  expect(await readdir(folder)).toEqual([]);
});
