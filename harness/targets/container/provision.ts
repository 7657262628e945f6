import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CleanupStack } from '../../support/cleanup.ts';
import { systemClock } from '../../support/clock.ts';
import { environmentError } from '../../support/errors.ts';
import { clusterLayout, textOf } from '../cluster-layout.ts';
import { writeCredentials } from '../credentials.ts';
import { type Detours, describeCluster } from '../describe-cluster.ts';
import type { Host, RunningHost } from '../host.ts';
import {
  type ClusterLayout,
  type HostFiles,
  type HostLayout,
  makeClusterPki,
  pkiFilesOf,
  STANDARD_PORTS,
} from '../host-files.ts';
import { OPERATOR, operatorFiles } from '../operator.ts';
import { hostSshFiles, makeSshKey, operatorSshFiles } from '../ssh.ts';
import { startCluster } from '../start-cluster.ts';
import type { Cluster, ProvisionContext, Topology } from '../target.ts';
import { unitFilesOf } from '../units.ts';
import { type ContainerHostParts, containerName, keepVolumes, makeHost } from './container-host.ts';
import { ContainerNetwork } from './container-network.ts';
import { connectEngine, type Engine } from './engine.ts';
import { ensureHostImage } from './host-image.ts';
import type { Place } from './pinned-container.ts';
import { openDetours } from './relay/detours.ts';
import { Relay } from './relay/relay.ts';
import { removeRun } from './remove-run.ts';
import { requireShared } from './shared-folder.ts';
import { watchEngine } from './watch-engine.ts';

const REMOVAL_TIMEOUT_MS = 90_000;
const BACKUP = '/backup';

/** Makes the network and every host of a drill as containers, and starts the cluster on them. */
export async function provisionContainers(
  topology: Topology,
  context: ProvisionContext,
): Promise<Cluster> {
  const { directory, toolchain, cleanup, runId } = context;
  const engine = await connectEngine();
  const image = await ensureHostImage(toolchain, {
    clock: systemClock,
    onProgress: ({ step, detail, elapsedMs }) => context.onWait(step, detail, elapsedMs),
    signal: context.signal,
  });
  cleanup.register(
    'containers, network and volumes of the drill',
    () => removeRun(engine, runId),
    REMOVAL_TIMEOUT_MS,
  );
  const watch = await watchEngine(engine, context.onBroken);
  cleanup.register('watch of Docker', () => watch.close());
  const network = await ContainerNetwork.create(engine, runId, image);
  const layout = await clusterLayout(topology, toolchain.etcd, placeHosts(topology, network));
  const nowMs = systemClock.nowMs();
  const pki = await makeClusterPki(nowMs, await textOf(topology.userData?.serviceAccountKey));
  const backupDir = join(directory, 'backup');
  await mkdir(backupDir, { recursive: true });
  const credentials = await writeCredentials(pki, join(directory, 'pki'));

  const ssh = makeSshKey();
  const hosts = new Map<string, Host>();
  const { onBroken } = context;
  const site: Site = { engine, runId, image, network, layout, backupDir, onBroken };
  const made: ContainerHostParts[] = [];
  const boot = async (name: string, place: Place, files: HostFiles) => {
    const parts = partsOf(site, name, place, files);
    const host = await makeHost(parts).powerOn();
    hosts.set(name, host);
    if (name !== OPERATOR) made.push(parts);
    return host;
  };
  const [operator] = await Promise.all([
    boot(
      OPERATOR,
      network.operatorPlace(),
      new Map([...operatorFiles(layout, pki), ...operatorSshFiles(ssh)]),
    ),
    ...layout.hosts.map(async (host, index) => {
      const files = [...(await pkiFilesOf(pki, layout, host)), ...unitFilesOf(layout, host)];
      await boot(host.name, network.hostPlace(index), new Map([...files, ...hostSshFiles(ssh)]));
    }),
  ]);
  const detours = network.isHere ? undefined : await detoursOf(site, operator, context.cleanup);
  const cluster: Cluster = describeCluster({
    target: 'container',
    layout,
    hosts,
    credentials,
    backupDir: { outside: backupDir, inside: BACKUP },
    network,
    ...(detours && { detours }),
    ...(process.getuid?.() !== 0 && { takeBackups: () => takeBackups(cluster.operator) }),
    waysIn: [...hosts.keys()].map((name) => `docker exec -it ${containerName(runId, name)} bash`),
    keepData: async () => {
      for (const parts of made) await keepVolumes(parts, join(directory, 'hosts', parts.name));
    },
  });
  await startCluster(cluster, topology, context);
  return cluster;
}

function placeHosts(topology: Topology, network: ContainerNetwork): HostLayout[] {
  return topology.hostNames.map((name, index) => ({
    name,
    controlPlane: index < topology.controlPlanes,
    address: network.hostPlace(index).address,
    root: '',
    ports: STANDARD_PORTS,
  }));
}

interface Site {
  engine: Engine;
  runId: string;
  image: string;
  network: ContainerNetwork;
  layout: ClusterLayout;
  backupDir: string;
  onBroken: ProvisionContext['onBroken'];
}

function partsOf(site: Site, name: string, place: Place, files: HostFiles): ContainerHostParts {
  const { layout, ...shared } = site;
  return {
    ...shared,
    name,
    place,
    files,
    setUp: name === OPERATOR ? '' : ownedBy(layout),
    volumes: volumesOf(layout).map((path) => ({
      name: `kubedrill-${site.runId}-${name}${path.replaceAll('/', '-')}`,
      path,
    })),
    neighbours: layout.hosts
      .filter((host) => host.name !== name)
      .map((host) => ({ host: host.name, ipAddress: host.address })),
  };
}

/** Ways through the operator, where this machine and the drill's network have nothing to do with each other. */
async function detoursOf(
  { engine, runId, layout, backupDir }: Site,
  operator: RunningHost,
  cleanup: CleanupStack,
): Promise<Detours> {
  const relay = new Relay(engine.getContainer(containerName(runId, OPERATOR)));
  cleanup.register('relay to the hosts', () => relay.close());
  await requireShared(backupDir, BACKUP, operator);
  return openDetours(relay, layout);
}

/** What root of a container writes belongs to root outside too, and a snapshot is for its owner alone. */
async function takeBackups(operator: RunningHost): Promise<void> {
  const take = `chown --recursive --reference=${BACKUP} ${BACKUP}`;
  const { exitCode, problem, stderr } = await operator.shell(take, { timeoutMs: 30_000 });
  if (exitCode !== 0) throw environmentError('take over the backups', problem ?? stderr.trim());
}

/** As a package of etcd leaves a machine on which etcd runs as a user of its own. */
function ownedBy({ etcdUser, dataDir }: ClusterLayout): string {
  if (etcdUser === 'root') return '';
  return `install --directory --owner=${etcdUser} --group=${etcdUser} --mode=0700 ${dataDir}
chown --recursive ${etcdUser}:${etcdUser} /etc/kubernetes/pki/etcd`;
}

/**
 * The folder around etcd's data directory, which itself must not be a mount point: procedures move it
 * aside. Data directly below the root has a folder of its own.
 */
function volumesOf({ dataDir }: ClusterLayout): string[] {
  const parent = dirname(dataDir);
  return [parent === '/' ? dataDir : parent];
}
