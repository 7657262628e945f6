import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder, makeStaging, sweepCache } from '../../../harness/toolchain/cache.ts';
import { writeOwner } from '../../../harness/toolchain/owner.ts';

test('the cache is where the variables say, the nearest first', () => {
  const XDG_CACHE_HOME = '/xdg';
  expect(cacheFolder({ KUBEDRILL_CACHE: '/mine', XDG_CACHE_HOME })).toBe('/mine');
  expect(cacheFolder({ XDG_CACHE_HOME })).toBe('/xdg/kubedrill');
  expect(cacheFolder({})).toMatch(/\/\.cache\/kubedrill$/);
});

test('sweeping removes what dead builds left and nothing that a living one makes', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'kubedrill-cache-'));
  const folder = join(cache, 'toolchain', 'lamp-1.2.3');
  const dead = writeOwner({ pid: 2 ** 22 + 1, startTicks: '7', host: hostname() });
  await mkdir(join(folder, `.making-${dead}.0011`, 'go-scratch'), { recursive: true });
  await mkdir(join(folder, 'lamp'));
  const living = await makeStaging(folder);
  expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
    [living, join(folder, 'lamp')].sort(),
  );
  await mkdir(join(folder, `.making-${dead}.0011`));
  expect(await sweepCache(cache)).toEqual([join(folder, `.making-${dead}.0011`)]);
  expect(await sweepCache(join(cache, 'nowhere'))).toEqual([]);
  await rm(cache, { recursive: true });
});
