import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { requireTarget } from '../required.ts';
import { ENTRY, workplace } from './kubedrill.ts';

await requireTarget('process');

const NOBODY = 65_534;
const DRILL = ['quorum-loss', '--kubernetes', 'none'];
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

// For one who is no root every other test shows it. Nobody must be able to read the clone.
const canBecomeNobody =
  process.getuid?.() === 0 &&
  [ENTRY, process.execPath].every(
    (file) => spawnSync('setpriv', [...AS_NOBODY, 'test', '-r', file]).status === 0,
  );

/** In the namespace of an ordinary user the machine's files belong to an owner who is not mapped. */
test.skipIf(!canBecomeNobody)('a drill needs no root', { timeout: 180_000 }, async () => {
  await using place = await workplace();
  const { directory } = place;
  const tools = await resolveProduct('etcd', undefined, {}, ['etcd', 'etcdctl', 'etcdutl']);
  const options = tools.flatMap(({ tool, path }) => {
    copyFileSync(path, join(directory, tool));
    return ['--tool', `${tool}=${join(directory, tool)}`];
  });
  chmodSync(directory, 0o755);
  chownSync(directory, NOBODY, NOBODY);
  const command = [process.execPath, ENTRY, 'run', ...DRILL, ...options];
  const ended = spawnSync('setpriv', [...AS_NOBODY, ...command], {
    cwd: directory,
    env: { ...process.env, HOME: directory, XDG_STATE_HOME: join(directory, 'state') },
    encoding: 'utf8',
  });
  expect(ended.status, ended.stderr).toBe(0);
});
