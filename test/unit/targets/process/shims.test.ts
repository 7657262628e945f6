import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../../harness/exec/run.ts';
import { packageRoot } from '../../../../harness/support/package-root.ts';

const SHIMS = join(packageRoot, 'harness/targets/process/rootfs/shims');

let folder: string;
let bin: string;
/** The home of the far end. */
let far: string;
const program = async (name: string, body: string) => {
  await writeFile(join(bin, name), `#!/usr/bin/env bash\n${body}\n`);
  await chmod(join(bin, name), 0o755);
};
const sh = (script: string) =>
  run('bash', ['-c', script], {
    timeoutMs: 10_000,
    cwd: folder,
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      KUBEDRILL_HOSTS: join(folder, 'hosts'),
      FAR: far,
    },
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-shims-'));
  bin = join(folder, 'bin');
  far = join(folder, 'far');
  await mkdir(bin);
  await mkdir(far);
  for (const shim of ['sudo', 'ssh', 'scp']) await copyFile(join(SHIMS, shim), join(bin, shim));
  await writeFile(join(folder, 'hosts'), 'etcd-1 10.77.0.11 4711\netcd-2 10.77.0.12 4712\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('sudo where everybody is root', () => {
  it.each([
    ['sudo echo done', 'done'],
    ['sudo -n -E -- echo done', 'done'],
    ['sudo -u etcd -g etcd echo done', 'done'],
    ['sudo --user=etcd echo done', 'done'],
    ["sudo ETCDCTL_API=3 bash -c 'echo $ETCDCTL_API'", '3'],
    ["sudo bash -c 'echo \"$1\"' - 'two words'", 'two words'],
    ['sudo echo -u etcd', '-u etcd'],
  ])('%s', async (script, output) => {
    expect(await sh(script)).toMatchObject({ exitCode: 0, stdout: `${output}\n` });
  });

  it('ends as the command ends', async () => {
    expect((await sh("sudo bash -c 'exit 7'")).exitCode).toBe(7);
  });
});

describe('ssh to a host of the drill', () => {
  /** Entering namespaces is for the kernel; what it is asked for is the subject here. */
  beforeEach(() => program('nsenter', 'printf "%s|" "$@"'));

  it.each([
    'ssh etcd-2 hostname',
    'ssh root@etcd-2 hostname',
    'ssh 10.77.0.12 hostname',
    'ssh -i key -o StrictHostKeyChecking=no -p 22 -q -l root etcd-2 hostname',
  ])('finds it by name or address, whatever the options: %s', async (script) => {
    expect((await sh(script)).stdout).toMatch(/^-t\|4712\|.*bash\|-c\|cd \/root; hostname\|$/);
  });

  it('gives the far shell the words as they were joined', async () => {
    expect((await sh('ssh etcd-1 "ls -l | wc -l" "&& true"')).stdout).toContain(
      'cd /root; ls -l | wc -l && true|',
    );
  });

  it('fails as ssh does for a host that it does not know', async () => {
    expect(await sh('ssh etcd-9 true')).toMatchObject({
      exitCode: 255,
      stderr: 'ssh: connect to host etcd-9 port 22: No route to host\n',
    });
    expect((await sh('ssh')).exitCode).toBe(255);
  });
});

describe('scp between the operator and a host', () => {
  /** The far end is a shell in a folder of its own. */
  beforeEach(() => program('ssh', 'shift; cd "$FAR"; HOME=$FAR exec bash -c "$*"'));
  const write = (path: string, content: string) => writeFile(join(folder, path), content);
  const read = (path: string) => readFile(join(folder, path), 'utf8');

  it('copies a file there under the name given, and back', async () => {
    await write('snap.db', 'snapshot');
    expect(await sh('scp -q -o BatchMode=yes snap.db etcd-1:copy.db')).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await read('far/copy.db')).toBe('snapshot');
    expect((await sh('scp root@etcd-1:copy.db back.db')).exitCode).toBe(0);
    expect(await read('back.db')).toBe('snapshot');
  });

  it('copies several files into a folder under their own names', async () => {
    await write('a.crt', 'a');
    await write("it's b.crt", 'b');
    await mkdir(join(far, 'my pki'));
    expect((await sh(`scp a.crt "it's b.crt" "etcd-1:$FAR/my pki/"`)).exitCode).toBe(0);
    expect([await read('far/my pki/a.crt'), await read("far/my pki/it's b.crt")]).toEqual([
      'a',
      'b',
    ]);
  });

  it('copies into the far home when no path is given, and knows the home by its sign', async () => {
    await write('a.crt', 'a');
    expect((await sh('scp a.crt etcd-1:')).exitCode).toBe(0);
    expect(await read('far/a.crt')).toBe('a');
    expect((await sh("scp a.crt 'etcd-1:~/b.crt'")).exitCode).toBe(0);
    expect(await read('far/b.crt')).toBe('a');
    expect((await sh("scp 'etcd-1:~/b.crt' c.crt")).exitCode).toBe(0);
    expect(await read('c.crt')).toBe('a');
  });

  it('copies folders only when it is told to', async () => {
    await mkdir(join(folder, 'pki/etcd'), { recursive: true });
    await write('pki/etcd/ca.crt', 'ca');
    expect(await sh('scp pki etcd-1:')).toMatchObject({
      exitCode: 1,
      stderr: 'scp: pki: not a regular file\n',
    });
    expect((await sh('scp -rp pki etcd-1:')).exitCode).toBe(0);
    expect(await read('far/pki/etcd/ca.crt')).toBe('ca');
    expect((await sh('scp etcd-1:pki back')).exitCode).toBe(1);
    expect((await sh('scp -r etcd-1:pki back')).exitCode).toBe(0);
    expect(await read('back/etcd/ca.crt')).toBe('ca');
  });

  it('fails when a file is not there, or its place', async () => {
    expect((await sh('scp nothing etcd-1:')).exitCode).not.toBe(0);
    expect((await sh('scp etcd-1:nothing .')).exitCode).not.toBe(0);
    await write('a.crt', 'a');
    expect((await sh('scp a.crt etcd-1:no/such/folder/a.crt')).exitCode).not.toBe(0);
    expect((await sh('scp a.crt')).exitCode).toBe(1);
  });
});
