import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Container } from 'dockerode';
import { describeEnding, type Finished, lastLines, run } from '../../exec/run.ts';
import { DrillError } from '../../support/errors.ts';
import { packageRoot } from '../../support/package-root.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Engine } from '../container/engine.ts';
import { ContainerShell } from '../container/shell/container-shell.ts';
import type { FrozenHost, Host, PoweredOffHost, RunningHost, ShellOptions } from '../host.ts';
import { POD_CIDR } from './cluster-config.ts';

const ROOTFS = join(packageRoot, 'harness/targets/kind/rootfs');
const BOOT_TIMEOUT_MS = 60_000;
const THAW_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 60_000;
/** Images of an ingress controller may have to be taken in, on several nodes at once. */
const PREPARE_TIMEOUT_MS = 300_000;
const POD_LOGS = '/var/log/pods';

/** A node of kind, for life: its container is another one after a rebuild. */
export interface NodeParts {
  engine: Engine;
  /** Container, host and etcd member are named alike. */
  name: string;
  address: string;
  network: string;
  image: string;
  serviceCidr: string;
  /** A line of authorized_keys. */
  sshPublicKey: string;
  /** Added to those that kind gave, so that a rebuilt node is found by them too. */
  labels: Record<string, string>;
}

/** The node as kind left it, made a host of the drill. */
export async function adoptNode(parts: NodeParts): Promise<RunningHost> {
  const host = running(parts);
  await prepare(parts, host);
  return host;
}

function containerOf({ engine, name }: NodeParts): Container {
  return engine.getContainer(name);
}

function anyHost(parts: NodeParts) {
  return {
    name: parts.name,
    address: parts.address,
    collectLogs: (to: string) => collectPodLogs(parts, to),
  };
}

function running(parts: NodeParts, inside = new ContainerShell(containerOf(parts))): RunningHost {
  const shell: RunningHost['shell'] = (script, options) => inside.run(script, options);
  return {
    ...anyHost(parts),
    state: 'running',
    shell,
    onDisk: (script, options) => shell(script, { ...options, env: { ...options.env, ROOT: '' } }),
    collectLogs: async (to) => {
      await collectPodLogs(parts, to);
      await collectJournal(shell, to);
    },
    powerOff: async () => {
      await thawProcesses(shell);
      const off = containerOf(parts).wait({ condition: 'not-running' });
      await containerOf(parts).kill();
      await off;
      return poweredOff(parts);
    },
    freeze: async () => {
      await containerOf(parts).pause();
      return frozen(parts, inside);
    },
  };
}

function frozen(parts: NodeParts, inside: ContainerShell): FrozenHost {
  return {
    ...anyHost(parts),
    state: 'frozen',
    onDisk: (script, options) => rescue(parts, script, options),
    thaw: async () => {
      await containerOf(parts).unpause();
      return running(parts, inside);
    },
  };
}

function poweredOff(parts: NodeParts): PoweredOffHost {
  return {
    ...anyHost(parts),
    state: 'powered-off',
    onDisk: (script, options) => rescue(parts, script, options),
    powerOn: () => boot(parts),
    rebuild: async () => {
      await replaceContainer(parts);
      return poweredOff(parts);
    },
  };
}

/** runc freezes processes while it changes their control group of version 1; those that it leaves so cannot be killed. */
const THAW = `
own=/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' /proc/1/cgroup)
find "$own" -mindepth 2 -name freezer.state 2>/dev/null | while read -r state; do
  grep --quiet THAWED "$state" || echo THAWED >"$state" || true # Groups come and go.
done`;

/** Docker ends a container only when all in it has ended. */
export async function thawProcesses(shell: RunningHost['shell']): Promise<void> {
  await shell(THAW, { timeoutMs: THAW_TIMEOUT_MS });
}

/** Boots with the parts of a control plane put aside: a wiped member that starts by itself rejoins by itself. */
async function boot(parts: NodeParts): Promise<RunningHost> {
  const host = running(parts);
  await containerOf(parts).start();
  const isUp = 'systemctl is-active containerd && ctr version >/dev/null';
  await until(
    `${parts.name} has booted`,
    async () => {
      const seen = await host.shell(isUp, { timeoutMs: 10_000 });
      return seen.exitCode === 0 ? done(true) : notYet(seen.problem ?? seen.stderr.trim());
    },
    { timeoutMs: BOOT_TIMEOUT_MS, intervalMs: 200 },
  );
  await must(host, 'boot', await readFile(join(ROOTFS, 'power-on'), 'utf8'), {});
  await prepare(parts, host);
  return host;
}

async function prepare({ serviceCidr, sshPublicKey }: NodeParts, host: RunningHost): Promise<void> {
  const text = (name: string) => readFile(join(ROOTFS, name), 'utf8');
  await must(host, 'prepare', await text('prepare-node'), {
    STATIC_POD: await text('static-pod'),
    STATIC_POD_UNIT: await text('static-pod.service'),
    SERVICE_CIDR: serviceCidr,
    POD_CIDR,
    SSH_PUBLIC_KEY: sshPublicKey,
  });
}

async function must(
  host: RunningHost,
  what: string,
  script: string,
  env: Record<string, string>,
): Promise<void> {
  const finished = await host.shell(script, { timeoutMs: PREPARE_TIMEOUT_MS, env });
  if (finished.exitCode === 0) return;
  throw new DrillError({
    kind: 'environment',
    attempted: `${what} the node ${host.name}`,
    happened: describeEnding(finished),
    output: lastLines(finished.stderr, 8),
    hint: `docker logs ${host.name}`,
  });
}

/** A blank machine in its place: what kind asked of Docker is asked again, and its volumes are new. */
async function replaceContainer(parts: NodeParts): Promise<void> {
  const { engine, name, network, address, labels } = parts;
  const { Config, HostConfig } = await containerOf(parts).inspect();
  await containerOf(parts).remove({ force: true, v: true });
  await engine.createContainer({
    ...Config,
    name,
    Labels: { ...Config.Labels, ...labels },
    HostConfig,
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
  });
}

/** Runs a script on the volumes of a node that does not run, in a container that does nothing else. */
async function rescue(
  parts: NodeParts,
  script: string,
  options: Pick<ShellOptions, 'timeoutMs' | 'env'>,
): Promise<Finished> {
  const container = await parts.engine.createContainer({
    Image: parts.image,
    Entrypoint: ['sleep', 'infinity'],
    Cmd: [],
    Labels: parts.labels,
    HostConfig: { NetworkMode: 'none', VolumesFrom: [parts.name] },
  });
  try {
    await container.start();
    return await new ContainerShell(container).run(script, {
      ...options,
      env: { ...options.env, ROOT: '' },
    });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** Those of static pods tell most. An archive can be had of a container in every state. */
async function collectPodLogs(parts: NodeParts, to: string): Promise<void> {
  const archive = await containerOf(parts)
    .getArchive({ path: POD_LOGS })
    .catch(() => undefined);
  if (archive === undefined) return; // A blank node has none.
  await mkdir(to, { recursive: true });
  const args = ['--extract', '--no-same-owner', '--directory', to];
  await run('tar', args, { timeoutMs: COMMAND_TIMEOUT_MS, input: await buffer(archive) });
}

async function collectJournal(shell: RunningHost['shell'], to: string): Promise<void> {
  for (const unit of ['kubelet', 'containerd']) {
    const script = `journalctl --unit ${unit} --no-pager --output short-iso-precise`;
    const { stdout } = await shell(script, { timeoutMs: COMMAND_TIMEOUT_MS });
    await mkdir(to, { recursive: true });
    await writeFile(join(to, `${unit}.log`), stdout);
  }
}

/** Frees a frozen node: what is frozen cannot be removed. */
export async function thawIfFrozen(host: Host): Promise<void> {
  if (host.state === 'frozen') await host.thaw();
}
