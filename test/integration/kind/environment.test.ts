import { mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheFolder } from '../../../harness/toolchain/cache.ts';
import { drill, type Workplace, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { leftOf } from './left-of.ts';

await requireTarget('kind');

const DRILL = ['kubeadm-data-loss', '--objects', '20'];
const TIMEOUT_MS = 15 * 60_000;

/** Runs the drill where it cannot. @returns why it says so, once it has left nothing but its folder. */
async function refused(place: Workplace, args: string[], env: Record<string, string> = {}) {
  const { ended, record } = await drill(place, [...DRILL, ...args], env);
  const [first] = record.drills;
  expect(ended.exitCode, first?.reason).toBe(3);
  expect(first?.verdict).toBe('error');
  expect(await leftOf(record.runId)).toEqual([]);
  return first?.reason;
}

describe('where no kind cluster can be had', () => {
  test('for want of Docker, it is said before anything is made', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using place = await workplace();
    const dead = { DOCKER_HOST: `unix://${place.directory}/nobody.sock` };
    const reason = await refused(place, [], dead);
    expect(reason).toContain('there is no such socket');
  });

  test('for want of kind, each way to get it is told', { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const reason = await refused(place, [], await withoutKind(place));
    expect(reason).toMatch(/kind 0\.30/);
  });

  test('for want of the image, it is named', { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const reason = await refused(place, ['--image', 'nosuch.invalid/node:v1']);
    expect(reason).toContain('get the node image nosuch.invalid/node:v1');
  });
});

/** A cache with every tool but kind, on a machine that can neither build nor download it. */
async function withoutKind({ directory }: Workplace): Promise<Record<string, string>> {
  const cache = join(directory, 'cache');
  const from = join(cacheFolder(process.env), 'toolchain');
  await mkdir(join(cache, 'toolchain'), { recursive: true });
  for (const entry of await readdir(from)) {
    if (entry.startsWith('kind-')) continue;
    await symlink(join(from, entry), join(cache, 'toolchain', entry));
  }
  return {
    KUBEDRILL_CACHE: cache,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    GOPROXY: 'off',
    GOMODCACHE: join(directory, 'modules'),
    https_proxy: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
}
