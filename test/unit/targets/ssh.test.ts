import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostSshFiles, makeSshKey, operatorSshFiles } from '../../../harness/targets/ssh.ts';

const hasSsh = spawnSync('ssh-keygen', ['-?']).error === undefined;

test.skipIf(!hasSsh)('OpenSSH derives the same public key from the private one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-ssh-'));
  try {
    const { privateKey, publicKey } = makeSshKey();
    const file = join(folder, 'key');
    await writeFile(file, privateKey, { mode: 0o600 });
    const derived = spawnSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
    expect(derived.stdout.trim().split(' ').slice(0, 2)).toEqual(
      publicKey.trim().split(' ').slice(0, 2),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('each run has a key of its own, which only the operator holds', () => {
  const [one, other] = [makeSshKey(), makeSshKey()];
  expect(one.privateKey).not.toBe(other.privateKey);
  expect(operatorSshFiles(one).get('/root/.ssh/id_ecdsa')).toEqual({
    content: one.privateKey,
    mode: 0o600,
  });
  expect(JSON.stringify([...hostSshFiles(one)])).not.toContain('PRIVATE');
});
