import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Daemon, startDaemon } from '../../exec/daemon.ts';
import { childrenOf, isAlive } from '../../exec/processes.ts';
import { run } from '../../exec/run.ts';
import { environmentError } from '../../support/errors.ts';
import { packageRoot } from '../../support/package-root.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { PoweredOffHost, RunningHost } from '../host.ts';
import type { HostFiles } from '../host-files.ts';
import { hostFolder } from './host-folder.ts';

const SHIMS = join(packageRoot, 'harness/targets/process/rootfs/shims');

/** A host where namespaces are not allowed: a folder for its root, the machine's own network and processes. */
export interface LocalHostParts {
  name: string;
  folder: string;
  toolsDir: string;
  files: HostFiles;
  bootTimeoutMs: number;
}

export async function makeLocalHost(parts: LocalHostParts): Promise<PoweredOffHost> {
  await writeFiles(parts);
  return poweredOff(parts);
}

function identity(parts: LocalHostParts) {
  return { name: parts.name, address: '127.0.0.1', ...hostFolder(rootOf(parts), '') };
}

function rootOf(parts: LocalHostParts): string {
  return join(parts.folder, 'files');
}

function poweredOff(parts: LocalHostParts): PoweredOffHost {
  return {
    ...identity(parts),
    state: 'powered-off',
    powerOn: () => boot(parts),
    rebuild: async () => {
      await rm(rootOf(parts), { recursive: true, force: true });
      await writeFiles(parts);
      return poweredOff(parts);
    },
  };
}

function environment(parts: LocalHostParts): Record<string, string> {
  return {
    HOST_ROOT: rootOf(parts),
    HOME: join(rootOf(parts), 'root'),
    PATH: [SHIMS, parts.toolsDir, process.env.PATH ?? ''].join(delimiter),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}

/** Its first process dies with the harness, and every unit with its first process. */
async function boot(parts: LocalHostParts): Promise<RunningHost> {
  const runDir = join(rootOf(parts), 'run');
  await rm(runDir, { recursive: true, force: true });
  await mkdir(runDir, { recursive: true });
  const daemon = startDaemon('setpriv', ['--pdeathsig', 'KILL', join(SHIMS, 'first-process')], {
    logFile: join(parts.folder, 'boot.log'),
    bareEnvironment: true,
    env: environment(parts),
  });
  if (!daemon) {
    throw environmentError(
      `boot host ${parts.name}`,
      'setpriv could not be started',
      'install util-linux',
    );
  }
  await until(
    `${parts.name} has booted`,
    () => (existsSync(join(runDir, 'booted')) ? done(true) : notYet('its first process starts')),
    { timeoutMs: parts.bootTimeoutMs, intervalMs: 10 },
  );
  return running(parts, daemon);
}

function running(parts: LocalHostParts, daemon: Daemon): RunningHost {
  return {
    ...identity(parts),
    state: 'running',
    shell: (script, options) => {
      const [shell = 'bash', ...flags] = (options.shell ?? 'bash -euo pipefail').split(/\s+/);
      return run('setpriv', ['--pdeathsig', 'KILL', shell, ...flags, '-c', script], {
        timeoutMs: options.timeoutMs,
        bareEnvironment: true,
        cwd: options.cwd ?? join(rootOf(parts), 'root'),
        env: { ...environment(parts), ...options.env },
        signal: options.signal,
        ...(options.input === undefined ? {} : { input: options.input }),
      });
    },
    powerOff: async () => {
      await cutPower(parts, daemon);
      return poweredOff(parts);
    },
    freeze: async () => {
      const frozen = childrenOf(daemon.pid);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
      return {
        ...identity(parts),
        state: 'frozen',
        thaw: async () => {
          for (const pid of frozen) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
          return running(parts, daemon);
        },
      };
    },
  };
}

async function cutPower(parts: LocalHostParts, daemon: Daemon): Promise<void> {
  const units = childrenOf(daemon.pid);
  daemon.kill('SIGKILL');
  for (const pid of units) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await until(
    `${parts.name} is off`,
    () =>
      [daemon.pid, ...units].some(isAlive) ? notYet('its processes are still there') : done(true),
    { timeoutMs: 10_000, intervalMs: 5 },
  );
}

async function writeFiles(parts: LocalHostParts): Promise<void> {
  for (const folder of ['etc', 'var/log', 'var/lib', 'data', 'root', 'run', 'tmp']) {
    await mkdir(join(rootOf(parts), folder), { recursive: true });
  }
  for (const [path, { content, mode }] of parts.files) {
    const target = join(rootOf(parts), path);
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, content, { mode });
  }
}
