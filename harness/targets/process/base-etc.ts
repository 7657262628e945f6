import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../exec/run.ts';

/** What programs of the machine expect in /etc; only what anybody may read. */
const FROM_THE_MACHINE = [
  'alternatives',
  'bash.bashrc',
  'debian_version',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'nsswitch.conf',
  'os-release',
  'pki',
  'profile',
  'protocols',
  'services',
  'ssl/openssl.cnf',
];

const COPY_TIMEOUT_MS = 30_000;

/** A host's own /etc: the machine's where programs need it, names of the drill, and an `etcd` user. */
export async function baseEtc(etc: string, hostName: string, hostsTable: string): Promise<void> {
  await mkdir(etc, { recursive: true });
  const there = FROM_THE_MACHINE.filter((entry) => existsSync(join('/etc', entry)));
  // Hundreds of links: ten times as quick as one by one. What cannot be read here is not needed there.
  await run('cp', ['--archive', '--parents', '--target-directory', etc, ...there], {
    cwd: '/etc',
    timeoutMs: COPY_TIMEOUT_MS,
  });
  const write = (file: string, content: string) => writeFile(join(etc, file), content);
  await Promise.all([
    write('hostname', `${hostName}\n`),
    write('hosts', `127.0.0.1 localhost\n${hostsTable}`),
    write('resolv.conf', ''),
    // Inside a user namespace there is one id to own files: `etcd` is another name for it, so that
    // `chown etcd:etcd` of a published procedure works.
    write(
      'passwd',
      'root:x:0:0:root:/root:/bin/bash\netcd:x:0:0:etcd:/var/lib/etcd:/usr/sbin/nologin\n',
    ),
    write('group', 'root:x:0:\netcd:x:0:\n'),
  ]);
}
