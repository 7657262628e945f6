import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { done, notYet, until } from '../../../harness/support/until.ts';

/** A daemon for one test, in a network of its own, so that what happens to it happens to nobody else. */
export interface OwnDockerd extends AsyncDisposable {
  /** `unix:///tmp/…/docker.sock` */
  address: string;
  /** Where its images, containers and volumes are. */
  data: string;
  /** What a program is started with to see the daemon's containers. */
  enter: readonly string[];
  /** Hands an image of the machine's own daemon over. */
  take(image: string): void;
  docker(...args: string[]): string;
  /** What `systemctl restart docker` does. */
  restart(): Promise<void>;
}

const MIB = 1024 ** 2;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** Where ci/docker/start-dockerd.sh puts it on a machine without CAP_SYS_RESOURCE. */
const RESTRICTED = '/usr/local/bin/runc-restricted';

/** Why this machine cannot run a second daemon; undefined when it can. */
export function whyNoOwnDockerd(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root';
  const found = spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v dockerd']);
  return found.status === 0 ? undefined : 'there is no dockerd';
}

/** @param diskBytes the daemon's whole disk; undefined for the machine's own. */
export async function ownDockerd(diskBytes?: number): Promise<OwnDockerd> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-dockerd-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  if (diskBytes !== undefined) {
    const size = `size=${Math.round(diskBytes / MIB)}m`;
    must('mount', ['-t', 'tmpfs', '-o', size, 'kubedrill-test', data]);
  }
  const address = `unix://${folder}/docker.sock`;
  // The first process of the namespace only holds it, so that it outlives the daemon.
  const holder = spawn('unshare', [
    '--net',
    'sh',
    '-c',
    'ip link set lo up && exec sleep infinity',
  ]);
  const holderPid = holder.pid ?? 0;
  const enter = ['nsenter', `--net=/proc/${holderPid}/ns/net`];
  await until('the namespace is there', () => isApart(holderPid), { timeoutMs: 10_000 });
  let daemon = start(folder, data, address, enter);
  const docker = (...args: string[]) => must('docker', ['--host', address, ...args]);
  await untilAnswers(folder, address);
  const stop = async () => {
    const ended = once(daemon, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    daemon.kill('SIGTERM');
    await ended;
  };
  return {
    address,
    data,
    enter,
    docker,
    take: (image) => must('sh', ['-c', `docker save ${image} | docker --host ${address} load`]),
    restart: async () => {
      await stop();
      daemon = start(folder, data, address, enter);
      await untilAnswers(folder, address);
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      holder.kill('SIGKILL');
      if (diskBytes !== undefined) must('umount', ['--lazy', data]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function isApart(pid: number) {
  const namespaces = ['self', pid].map((of) =>
    spawnSync('readlink', [`/proc/${of}/ns/net`]).stdout.toString(),
  );
  return namespaces[0] === namespaces[1] ? notYet('not entered yet') : done(true);
}

function start(folder: string, data: string, address: string, enter: readonly string[]) {
  const runtime = existsSync(RESTRICTED)
    ? [`--add-runtime=restricted=${RESTRICTED}`, '--default-runtime=restricted']
    : [];
  const log = openSync(join(folder, 'dockerd.log'), 'a');
  const [program = '', ...args] = [
    ...enter,
    'dockerd',
    `--host=${address}`,
    `--data-root=${data}`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/dockerd.pid`,
    ...runtime,
  ];
  return spawn(program, args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
}

async function untilAnswers(folder: string, address: string): Promise<void> {
  const look = () =>
    spawnSync('docker', ['--host', address, 'version']).status === 0
      ? done(true)
      : notYet(readFileSync(join(folder, 'dockerd.log'), 'utf8').slice(-500));
  await until('a daemon of our own answers', look, {
    timeoutMs: START_TIMEOUT_MS,
    intervalMs: 100,
  });
}

function must(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error ?? stderr}`);
  return stdout;
}
