import { appendFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../support/clock.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';
import { textOf } from '../cluster-layout.ts';
import { writeCredentials } from '../credentials.ts';
import { describeCluster } from '../describe-cluster.ts';
import type { Host, PoweredOffHost } from '../host.ts';
import {
  type ClusterLayout,
  type ClusterPki,
  type HostFiles,
  type HostLayout,
  makeClusterPki,
  pkiFilesOf,
} from '../host-files.ts';
import { OPERATOR, operatorFiles } from '../operator.ts';
import { startCluster } from '../start-cluster.ts';
import type { Cluster, ProvisionContext, Topology } from '../target.ts';
import { unitFilesOf } from '../units.ts';
import { layOut } from './layout.ts';
import { makeLocalHost } from './local-host.ts';
import { makeHost } from './namespace-host.ts';
import { BridgeNetwork, HARNESS_ADDRESS } from './network.ts';

const BOOT_TIMEOUT_MS = 20_000;
/** The operator's table of hosts, which its ssh reads: name, address, first process. */
const HOSTS_TABLE = '/etc/kubedrill/hosts';
const NOBODY_YET = { content: '', mode: 0o644 };

/** Everything that making a host needs and that all hosts share. */
interface Site {
  layout: ClusterLayout;
  pki: ClusterPki;
  directory: string;
  backupDir: string;
  toolsDir: string;
  network: BridgeNetwork | undefined;
}

export async function provisionProcesses(
  topology: Topology,
  context: ProvisionContext,
  namespaces: boolean,
): Promise<Cluster> {
  const { directory, toolchain, cleanup } = context;
  const hostsDir = join(directory, 'hosts');
  const layout = await layOut(topology, toolchain.etcd, hostsDir, namespaces);
  const site: Site = {
    layout,
    pki: await makeClusterPki(
      systemClock.nowMs(),
      await textOf(topology.userData?.serviceAccountKey),
    ),
    directory: hostsDir,
    backupDir: join(directory, 'backup'),
    toolsDir: join(directory, 'tools'),
    network: undefined,
  };
  for (const folder of [hostsDir, site.backupDir, site.toolsDir])
    await mkdir(folder, { recursive: true });
  await linkTools(toolchain, site.toolsDir);
  // For what a runbook installs on workers.
  if (topology.workers > 0) await symlink(process.execPath, join(site.toolsDir, 'node'));
  const credentials = await writeCredentials(site.pki, join(directory, 'pki'));
  if (namespaces) {
    cleanup.register('network of the drill', async () => site.network?.remove());
    site.network = await BridgeNetwork.create();
  }
  const hosts = new Map<string, Host>();
  cleanup.register('hosts of the drill', () => powerOffAll(hosts));
  const boot = async (host: HostLayout | undefined, index: number) => {
    const off = await makeOne(site, host, index);
    hosts.set(off.name, off);
    const on = await off.powerOn();
    hosts.set(on.name, on);
  };
  await boot(undefined, -1);
  await Promise.all([...layout.hosts, ...layout.workers].map(boot));
  const cluster = describeCluster({
    target: 'process',
    layout,
    hosts,
    credentials,
    backupDir: { outside: site.backupDir, inside: namespaces ? '/backup' : site.backupDir },
    network: site.network,
  });
  await startCluster(cluster, topology, context);
  return cluster;
}

async function makeOne(
  site: Site,
  host: HostLayout | undefined,
  index: number,
): Promise<PoweredOffHost> {
  const name = host?.name ?? OPERATOR;
  const common = {
    name,
    folder: join(site.directory, name),
    toolsDir: site.toolsDir,
    files: await filesOf(site, host),
    bootTimeoutMs: BOOT_TIMEOUT_MS,
  };
  await mkdir(common.folder, { recursive: true });
  const { network } = site;
  if (!network) return makeLocalHost(common);
  return makeHost({
    ...common,
    address: host?.address ?? HARNESS_ADDRESS,
    backupDir: site.backupDir,
    hostsTable: [...site.layout.hosts, ...site.layout.workers]
      .map((each) => `${each.address} ${each.name}\n`)
      .join(''),
    attach:
      host &&
      (async (pid) => {
        await network.attach(name, index, host.address, pid);
        await appendFile(
          join(site.directory, OPERATOR, 'files', HOSTS_TABLE),
          `${name} ${host.address} ${pid}\n`,
        );
      }),
  });
}

async function filesOf({ layout, pki }: Site, host: HostLayout | undefined): Promise<HostFiles> {
  if (!host) return new Map([...operatorFiles(layout, pki), [HOSTS_TABLE, NOBODY_YET]]);
  if (layout.workers.includes(host)) return new Map();
  return new Map([...(await pkiFilesOf(pki, layout, host)), ...unitFilesOf(layout, host)]);
}

async function linkTools(toolchain: Toolchain, toolsDir: string): Promise<void> {
  const { etcd, kubernetes, dns } = toolchain;
  const tools: Record<string, string | undefined> = {
    etcd: etcd.etcd,
    etcdctl: etcd.etcdctl,
    etcdutl: etcd.etcdutl,
    'kube-apiserver': kubernetes?.kubeApiserver,
    'kube-controller-manager': kubernetes?.kubeControllerManager,
    'kube-scheduler': kubernetes?.kubeScheduler,
    kubectl: kubernetes?.kubectl,
    coredns: dns?.coredns,
  };
  for (const [name, path] of Object.entries(tools))
    if (path) await symlink(path, join(toolsDir, name));
}

async function powerOffAll(hosts: ReadonlyMap<string, Host>): Promise<void> {
  await Promise.all(
    [...hosts.values()].map(async (host) => {
      if (host.state === 'frozen') await (await host.thaw()).powerOff();
      if (host.state === 'running') await host.powerOff();
    }),
  );
}
