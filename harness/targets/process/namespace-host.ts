import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../exec/daemon.ts';
import { childrenOf, isAlive, processesInNamespaceOf } from '../../exec/processes.ts';
import { type Finished, lastLines, run } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import { packageRoot } from '../../support/package-root.ts';
import { done, hopeless, notYet, until } from '../../support/until.ts';
import type { FrozenHost, PoweredOffHost, RunningHost, ShellOptions } from '../host.ts';
import type { HostFiles } from '../host-files.ts';
import { baseEtc } from './base-etc.ts';
import { hostFolder } from './host-folder.ts';

const ROOTFS = join(packageRoot, 'harness/targets/process/rootfs');
const PATH = '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a host is made of, for life. */
export interface NamespaceHostParts {
  name: string;
  address: string;
  /** Its folder on a real disk: files/ survives power off, root/ is a mount point. */
  folder: string;
  backupDir: string;
  /** A folder with one entry per tool that every host has. */
  toolsDir: string;
  hostsTable: string;
  /** What provisioning gives the host, also after a rebuild. */
  files: HostFiles;
  /** Gives its network namespace an address; undefined for the operator, who lives in the drill's own. */
  attach: ((pid: number) => Promise<void>) | undefined;
  bootTimeoutMs: number;
}

/** A blank host that has never been on. */
export async function makeHost(parts: NamespaceHostParts): Promise<PoweredOffHost> {
  await writeProvisionedFiles(parts);
  return poweredOff(parts);
}

function identity(parts: NamespaceHostParts) {
  return { name: parts.name, address: parts.address, ...hostFolder(join(parts.folder, 'files')) };
}

function poweredOff(parts: NamespaceHostParts): PoweredOffHost {
  return {
    ...identity(parts),
    state: 'powered-off',
    powerOn: () => boot(parts),
    rebuild: async () => {
      await rm(join(parts.folder, 'files'), { recursive: true, force: true });
      await writeProvisionedFiles(parts);
      return poweredOff(parts);
    },
  };
}

async function boot(parts: NamespaceHostParts): Promise<RunningHost> {
  const log = join(parts.folder, 'boot.log');
  const ownNetwork = parts.attach === undefined ? [] : ['--net', '--pid', '--fork', '--kill-child'];
  const daemon = startDaemon(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', '--uts', ...ownNetwork].concat([
      'bash',
      join(ROOTFS, 'boot-host.sh'),
      ...[parts.name, parts.folder, parts.backupDir, parts.toolsDir, join(ROOTFS, 'shims')],
    ]),
    { logFile: log },
  );
  if (!daemon) {
    throw environmentError(
      `boot host ${parts.name}`,
      'setpriv could not be started',
      'install util-linux',
    );
  }
  const attempted = `boot host ${parts.name}`;
  const pid = await firstProcess(daemon, attempted, parts);
  await parts.attach?.(pid);
  await until(
    `${parts.name} has booted`,
    async () => {
      if (!isAlive(pid)) return hopeless(await bootFailure(attempted, log));
      return existsSync(`/proc/${pid}/root/run/booted`)
        ? done(true)
        : notYet('its root is being made');
    },
    { timeoutMs: parts.bootTimeoutMs, intervalMs: 10 },
  );
  return running(parts, daemon, pid);
}

function firstProcess(
  daemon: Daemon,
  attempted: string,
  parts: NamespaceHostParts,
): Promise<number> {
  if (parts.attach === undefined) return Promise.resolve(daemon.pid);
  return until(
    `${parts.name} has a first process`,
    async () => {
      if (!isAlive(daemon.pid)) {
        return hopeless(await bootFailure(attempted, join(parts.folder, 'boot.log')));
      }
      const [first] = childrenOf(daemon.pid);
      return first === undefined ? notYet('unshare has not forked') : done(first);
    },
    { timeoutMs: parts.bootTimeoutMs, intervalMs: 5 },
  );
}

async function bootFailure(attempted: string, log: string) {
  const output = lastLines(await readFile(log, 'utf8').catch(() => ''), 5);
  return environmentError(attempted, `its first process died: ${output}`, 'kubedrill doctor');
}

function running(parts: NamespaceHostParts, daemon: Daemon, pid: number): RunningHost {
  return {
    ...identity(parts),
    state: 'running',
    shell: (script, options) => shellOn(parts, pid, script, options),
    powerOff: async () => {
      await cutPower(parts, daemon, pid);
      return poweredOff(parts);
    },
    freeze: () => freeze(parts, daemon, pid),
  };
}

function shellOn(
  parts: NamespaceHostParts,
  pid: number,
  script: string,
  options: ShellOptions,
): Promise<Finished> {
  const [shell = 'bash', ...flags] = (options.shell ?? 'bash -euo pipefail').split(/\s+/);
  const enter = parts.attach === undefined ? ['-m', '-u'] : ['-m', '-p', '-u', '-n'];
  const args = [
    '-t',
    String(pid),
    ...enter,
    '--',
    'env',
    '-C',
    options.cwd ?? '/root',
    shell,
    ...flags,
    '-c',
    script,
  ];
  return run('nsenter', args, {
    timeoutMs: options.timeoutMs,
    bareEnvironment: true,
    env: {
      PATH,
      HOME: '/root',
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      KUBEDRILL_HOSTS: '/etc/kubedrill/hosts',
      ...options.env,
    },
    signal: options.signal,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

/** Ends every process of the host at once and waits until its first one is gone, so that no successor meets it. */
async function cutPower(parts: NamespaceHostParts, daemon: Daemon, pid: number): Promise<void> {
  daemon.kill('SIGKILL');
  await until(
    `${parts.name} is off`,
    () =>
      isAlive(pid) || isAlive(daemon.pid) ? notYet('its first process is still there') : done(true),
    { timeoutMs: 10_000, intervalMs: 5 },
  );
}

async function freeze(parts: NamespaceHostParts, daemon: Daemon, pid: number): Promise<FrozenHost> {
  const frozen = processesInNamespaceOf(pid);
  for (const each of frozen) process.kill(each, 'SIGSTOP');
  return {
    ...identity(parts),
    state: 'frozen',
    thaw: async () => {
      for (const each of frozen) if (isAlive(each)) process.kill(each, 'SIGCONT');
      return running(parts, daemon, pid);
    },
  };
}

async function writeProvisionedFiles(parts: NamespaceHostParts): Promise<void> {
  const files = join(parts.folder, 'files');
  for (const folder of ['etc', 'var/log', 'var/lib', 'data', 'root', 'home', 'tmp', 'mnt', 'opt']) {
    await mkdir(join(files, folder), { recursive: true });
  }
  await baseEtc(join(files, 'etc'), parts.name, parts.hostsTable);
  for (const [path, { content, mode }] of parts.files) {
    const target = join(files, path);
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, content, { mode });
  }
}
