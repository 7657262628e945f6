import { mkdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Container } from 'dockerode';
import { type Finished, lastLines, run } from '../../exec/run.ts';
import { type DrillError, environmentError, messageOf } from '../../support/errors.ts';
import type { FrozenHost, PoweredOffHost, RunningHost, ShellOptions } from '../host.ts';
import type { HostFiles } from '../host-files.ts';
import type { ContainerNetwork } from './container-network.ts';
import type { Engine } from './engine.ts';
import { idleContainer } from './idle-container.ts';
import { runLabels } from './labels.ts';
import { PinnedContainer, type Place, type VolumeMount } from './pinned-container.ts';
import { ContainerShell } from './shell/container-shell.ts';
import { engineGone } from './watch-engine.ts';

const BOOT_TIMEOUT_MS = 30_000;
/** What a shell makes of a command that was killed. */
const SIGKILLED = 137;
const UNPACK_TIMEOUT_MS = 60_000;
/** The last thing that the first process does before it starts services. */
const BOOTED = `until [ -d /run/sshd ]; do sleep 0.05; done
# An internal network has a route out all the same, which ends in a packet filter, and a resolver that asks outside.
ip route del default 2>/dev/null || true
: > /etc/resolv.conf`;

const KEEP_TIMEOUT_MS = 120_000;
/** Only etcd's data, with its holes: a log of 64 MB is mostly empty. */
const KEEP = `
for path in $PATHS; do
  mkdir -p "/kept$path"
  find "$path" -maxdepth 1 -mindepth 1 -name '*etcd*' -exec cp -a --sparse=always {} "/kept$path/" \\;
done
chown --recursive --reference=/kept /kept`;

/** What a host is made of, for life. */
export interface ContainerHostParts {
  engine: Engine;
  runId: string;
  image: string;
  name: string;
  place: Place;
  /** What a rescue system finds: the folders that are on volumes of their own. */
  volumes: readonly VolumeMount[];
  /** The folder of this machine that every host sees as /backup. */
  backupDir: string;
  /** Names of its neighbours, which it knows also when they are off. */
  neighbours: readonly { host: string; ipAddress: string }[];
  /** What provisioning gives the host, also after a rebuild, and a script that runs on it then. */
  files: HostFiles;
  setUp: string;
  network: ContainerNetwork;
  /** Told when the host has ended though the drill has not switched it off. */
  onBroken(error: DrillError): void;
}

/** A blank host that has never been on. */
export function makeHost(parts: ContainerHostParts): PoweredOffHost {
  return poweredOff(parts, undefined);
}

/** @param container undefined for a machine that was never switched on. */
function poweredOff(parts: ContainerHostParts, container: Container | undefined): PoweredOffHost {
  return {
    ...anyHost(parts, container),
    state: 'powered-off',
    onDisk: (script, options) => rescue(parts, script, options),
    powerOn: async () => {
      if (!container) return firstBoot(parts);
      await attempt(parts, 'switch on', () => container.start());
      return booted(parts, container);
    },
    rebuild: async () => {
      await attempt(parts, 'destroy', async () => {
        await container?.remove({ force: true, v: true });
        for (const { name } of parts.volumes) await parts.engine.getVolume(name).remove();
      });
      return makeHost(parts);
    },
  };
}

function running(
  parts: ContainerHostParts,
  container: Container,
  inside = new ContainerShell(container),
): RunningHost {
  let isOn = true;
  const shell: RunningHost['shell'] = async (script, options) => {
    const finished = await inside.run(script, options);
    // With its host a command ends by SIGKILL, or cannot be started.
    if (isOn && (finished.exitCode ?? SIGKILLED) >= SIGKILLED) await mustRun(parts, container);
    return finished;
  };
  return {
    ...anyHost(parts, container),
    state: 'running',
    shell,
    onDisk: (script, options) => shell(script, { ...options, env: { ...options.env, ROOT: '' } }),
    powerOff: async () => {
      isOn = false;
      await attempt(parts, 'switch off', async () => {
        const off = container.wait({ condition: 'not-running' });
        await container.kill();
        await off;
      });
      parts.network.away(parts.name);
      return poweredOff(parts, container);
    },
    freeze: async () => {
      isOn = false;
      await attempt(parts, 'freeze', () => container.pause());
      parts.network.away(parts.name);
      return frozen(parts, container, inside);
    },
  };
}

/** A command that failed because its host is gone says nothing of the command. */
async function mustRun(parts: ContainerHostParts, container: Container): Promise<void> {
  const seen = await container.inspect().catch(() => undefined);
  if (seen?.State.Running) return;
  parts.onBroken(
    seen === undefined
      ? engineGone()
      : environmentError(
          `keep host ${parts.name} up`,
          `its container ended with code ${seen.State.ExitCode}, and the drill has not switched it off`,
          'see whether Docker was restarted (journalctl --unit docker), then run the drill again',
        ),
  );
}

function frozen(
  parts: ContainerHostParts,
  container: Container,
  inside: ContainerShell,
): FrozenHost {
  return {
    ...anyHost(parts, container),
    state: 'frozen',
    onDisk: (script, options) => rescue(parts, script, options),
    thaw: async () => {
      await attempt(parts, 'thaw', () => container.unpause());
      const host = running(parts, container, inside);
      await parts.network.resumed(host);
      return host;
    },
  };
}

function anyHost(parts: ContainerHostParts, container: Container | undefined) {
  return {
    name: parts.name,
    address: parts.place.address,
    collectLogs: async (to: string) => {
      if (container) await collectLogs(parts, container, to);
    },
  };
}

async function firstBoot(parts: ContainerHostParts): Promise<RunningHost> {
  const { engine, runId, place } = parts;
  return attempt(parts, 'make', async () => {
    await makeVolumes(parts);
    const files = [...parts.files].map(([target, { content, mode }]) => ({
      target,
      content,
      mode,
    }));
    const started = await new PinnedContainer(parts.image)
      .withName(containerName(runId, parts.name))
      .withHostname(parts.name)
      .withLabels(runLabels(runId))
      .withPlace(place)
      .withExtraHosts([...parts.neighbours])
      // Its network is cut by itself, and a full disk is a small one that it mounts.
      .withAddedCapabilities('NET_ADMIN', 'SYS_ADMIN')
      .withSecurityOpt('apparmor=unconfined')
      .withTmpFs({ '/run': '' })
      .withVolumes(parts.volumes)
      .withBindMounts([{ source: parts.backupDir, target: '/backup' }])
      .withCopyContentToContainer(files)
      .start();
    return booted(parts, engine.getContainer(started.getId()), parts.setUp);
  });
}

/** Waits for its first process, and sees to it that the host is where it was. */
async function booted(
  parts: ContainerHostParts,
  container: Container,
  setUp = '',
): Promise<RunningHost> {
  await mustHaveItsAddress(parts, container);
  const host = running(parts, container);
  const ends = await Promise.allSettled([
    wakeUp(parts, host, setUp),
    parts.network.booted(host, parts.place),
  ]);
  // Why it does not boot comes before what follows from that.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return host;
}

async function wakeUp(
  { name, runId }: ContainerHostParts,
  host: RunningHost,
  setUp: string,
): Promise<void> {
  const options = { timeoutMs: BOOT_TIMEOUT_MS };
  const { exitCode, problem, stderr } = await host.shell(`${BOOTED}\n${setUp}`, options);
  if (exitCode === 0) return;
  throw environmentError(
    `boot host ${name}`,
    problem ?? lastLines(stderr, 3),
    `docker logs ${containerName(runId, name)}`,
  );
}

async function mustHaveItsAddress(
  { name, place }: ContainerHostParts,
  container: Container,
): Promise<void> {
  const { NetworkSettings } = await container.inspect();
  const address = NetworkSettings.Networks[place.network]?.IPAddress;
  // None when its cable was pulled before.
  if (!address || address === place.address) return;
  throw environmentError(
    `boot host ${name} at ${place.address}`,
    `the engine gave it ${address}`,
    `docker network inspect ${place.network}`,
  );
}

async function makeVolumes({ engine, runId, volumes }: ContainerHostParts): Promise<void> {
  for (const { name } of volumes) {
    await engine.createVolume({ Name: name, Labels: runLabels(runId) });
  }
}

/** Runs a script on the volumes of a host that is not running, in a container that does nothing else. */
async function rescue(
  parts: ContainerHostParts,
  script: string,
  options: Pick<ShellOptions, 'timeoutMs' | 'env'>,
): Promise<Finished> {
  await makeVolumes(parts);
  await using rescuer = await idleContainer(parts.engine, parts);
  const env = { ...options.env, ROOT: '' };
  return await rescuer.shell.run(script, { ...options, env });
}

/** Copies the volumes of a host, whatever its state, into a folder of this machine, whose owner they then have. */
export async function keepVolumes(parts: ContainerHostParts, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await attempt(parts, 'keep the data of', async () => {
    const folders = [{ source: folder, target: '/kept' }];
    await using keeper = await idleContainer(parts.engine, { ...parts, folders });
    const { exitCode, problem, stderr } = await keeper.shell.run(KEEP, {
      timeoutMs: KEEP_TIMEOUT_MS,
      env: { PATHS: parts.volumes.map(({ path }) => path).join(' ') },
    });
    if (exitCode !== 0) throw new Error(problem ?? lastLines(stderr, 3));
  });
}

/** An archive can be had of a container in every state. */
async function collectLogs(
  parts: ContainerHostParts,
  container: Container,
  to: string,
): Promise<void> {
  await attempt(parts, 'copy the logs of', async () => {
    const archive = await buffer(await container.getArchive({ path: '/var/log' }));
    await mkdir(to, { recursive: true });
    const options = ['--extract', '--no-same-owner', '--strip-components=1', '--directory', to];
    const args = [...options, '--wildcards', 'log/*.log'];
    const unpacked = await run('tar', args, { timeoutMs: UNPACK_TIMEOUT_MS, input: archive });
    if (unpacked.exitCode !== 0) throw new Error(unpacked.problem ?? unpacked.stderr);
  });
}

export function containerName(runId: string, host: string): string {
  return `kubedrill-${runId}-${host}`;
}

async function attempt<T>(
  { name, runId }: ContainerHostParts,
  what: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'DrillError') throw thrown;
    throw environmentError(
      `${what} host ${name}`,
      messageOf(thrown),
      `docker ps --all --filter label=io.kubedrill.run=${runId}`,
    );
  }
}
