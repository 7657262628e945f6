import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from '../../support/clock.ts';
import { clusterLayout, textOf } from '../cluster-layout.ts';
import { writeCredentials } from '../credentials.ts';
import { describeCluster } from '../describe-cluster.ts';
import type { Host } from '../host.ts';
import {
  type ClusterLayout,
  type HostFiles,
  type HostLayout,
  makeClusterPki,
  pkiFilesOf,
  STANDARD_PORTS,
} from '../host-files.ts';
import { OPERATOR, operatorFiles } from '../operator.ts';
import { startCluster } from '../start-cluster.ts';
import type { Cluster, ProvisionContext, Topology } from '../target.ts';
import { unitFilesOf } from '../units.ts';
import { type ContainerHostParts, makeHost } from './container-host.ts';
import { connectEngine, type Engine } from './engine.ts';
import { ensureHostImage } from './host-image.ts';
import { removeRun } from './remove-run.ts';
import { hostSshFiles, makeSshKey, operatorSshFiles } from './ssh.ts';
import { makeNetwork, type OwnNetwork } from './subnet.ts';

const REMOVAL_TIMEOUT_MS = 90_000;
const BACKUP = '/backup';
/** Of the operator's address; hosts follow. */
const OPERATOR_NUMBER = 10;

/** Makes the network and every host of a drill as containers, and starts the cluster on them. */
export async function provisionContainers(
  topology: Topology,
  context: ProvisionContext,
): Promise<Cluster> {
  const { directory, toolchain, cleanup, runId } = context;
  const engine = await connectEngine();
  const image = await ensureHostImage(toolchain, {
    clock: systemClock,
    onProgress: () => {},
    signal: context.signal,
  });
  cleanup.register(
    'containers, network and volumes of the drill',
    async () => void (await removeRun(engine, runId)),
    REMOVAL_TIMEOUT_MS,
  );
  const network = await makeNetwork(engine, runId);
  const layout = await clusterLayout(topology, toolchain.etcd, placeHosts(topology, network));
  const nowMs = systemClock.nowMs();
  const pki = await makeClusterPki(nowMs, await textOf(topology.userData?.serviceAccountKey));
  const backupDir = join(directory, 'backup');
  await mkdir(backupDir, { recursive: true });
  const credentials = await writeCredentials(pki, join(directory, 'pki'));

  const ssh = makeSshKey();
  const hosts = new Map<string, Host>();
  const make = async (name: string, number: number, files: HostFiles) => {
    const off = makeHost(
      partsOf({ engine, runId, image, network, layout, backupDir }, name, number, files),
    );
    const on = await off.powerOn();
    hosts.set(name, on);
  };
  await Promise.all([
    make(
      OPERATOR,
      OPERATOR_NUMBER,
      new Map([...operatorFiles(layout, pki), ...operatorSshFiles(ssh)]),
    ),
    ...layout.hosts.map(async (host, index) => {
      const [keys, units] = [await pkiFilesOf(pki, layout, host), unitFilesOf(layout, host)];
      await make(
        host.name,
        OPERATOR_NUMBER + 1 + index,
        new Map([...keys, ...units, ...hostSshFiles(ssh)]),
      );
    }),
  ]);
  const cluster = describeCluster({
    target: 'container',
    layout,
    hosts,
    credentials,
    backupDir: { outside: backupDir, inside: BACKUP },
    network: undefined,
  });
  await startCluster(cluster, topology, context);
  return cluster;
}

function placeHosts(topology: Topology, { prefix }: OwnNetwork): HostLayout[] {
  return topology.hostNames.map((name, index) => ({
    name,
    controlPlane: index < topology.controlPlanes,
    address: `${prefix}.${OPERATOR_NUMBER + 1 + index}`,
    root: '',
    ports: STANDARD_PORTS,
  }));
}

interface Site {
  engine: Engine;
  runId: string;
  image: string;
  network: OwnNetwork;
  layout: ClusterLayout;
  backupDir: string;
}

function partsOf(
  { engine, runId, image, network, layout, backupDir }: Site,
  name: string,
  number: number,
  files: HostFiles,
): ContainerHostParts {
  return {
    engine,
    runId,
    image,
    name,
    backupDir,
    files,
    place: {
      network: network.name,
      address: `${network.prefix}.${number}`,
      hardware: hardwareOf(network.prefix, number),
    },
    volumes: volumesOf(layout).map((path) => ({
      name: `kubedrill-${runId}-${name}${path.replaceAll('/', '-')}`,
      path,
    })),
    neighbours: layout.hosts
      .filter((host) => host.name !== name)
      .map((host) => ({ host: host.name, ipAddress: host.address })),
    attach: async () => {},
  };
}

/**
 * The folder around etcd's data directory, which itself must not be a mount point: procedures move it
 * aside. Data directly below the root has a folder of its own.
 */
function volumesOf({ dataDir }: ClusterLayout): string[] {
  const parent = dirname(dataDir);
  return [parent === '/' ? dataDir : parent];
}

/** As engines up to 27 make it themselves of the address. */
function hardwareOf(prefix: string, number: number): string {
  const bytes = `${prefix}.${number}`.split('.').map((part) => Number(part));
  return ['02', '42', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
