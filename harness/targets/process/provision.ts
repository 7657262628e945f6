import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../support/clock.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';
import type { Host, PoweredOffHost } from '../host.ts';
import {
  type ClusterLayout,
  type ClusterPki,
  clientUrl,
  type HostFiles,
  type HostLayout,
  kubeconfig,
  makeClusterPki,
  peerUrl,
  pkiFilesOf,
} from '../host-files.ts';
import { startCluster } from '../start-cluster.ts';
import type { ClientCredentials, Cluster, ProvisionContext, Topology } from '../target.ts';
import { unitFilesOf } from '../units.ts';
import { layOut, textOf } from './layout.ts';
import { makeLocalHost } from './local-host.ts';
import { makeHost } from './namespace-host.ts';
import { BridgeNetwork, HARNESS_ADDRESS } from './network.ts';

const BOOT_TIMEOUT_MS = 20_000;
const OPERATOR = 'operator';
/** The operator's table of hosts, which its ssh reads: name, address, first process. */
const HOSTS_TABLE = '/etc/kubedrill/hosts';

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
  await Promise.all(layout.hosts.map(boot));
  const cluster = describe(site, topology, hosts, credentials);
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
    hostsTable: site.layout.hosts.map((each) => `${each.address} ${each.name}\n`).join(''),
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

async function filesOf(site: Site, host: HostLayout | undefined): Promise<HostFiles> {
  if (host) {
    const pki = await pkiFilesOf(site.pki, site.layout, host);
    return new Map([...pki, ...unitFilesOf(site.layout, host)]);
  }
  const files: HostFiles = new Map([[HOSTS_TABLE, { content: '', mode: 0o644 }]]);
  const [first] = site.layout.hosts.filter((each) => each.controlPlane);
  if (first) {
    const server = `https://${first.address}:${first.ports.apiServer}`;
    const content = kubeconfig(server, site.pki.kubeCa, 'kubernetes-admin', site.pki.admin);
    files.set('/etc/kubernetes/admin.conf', { content, mode: 0o600 });
  }
  for (const [name, content] of [
    ['ca.crt', site.pki.etcdCa.identity.cert],
    ['healthcheck-client.crt', site.pki.etcdClient.cert],
    ['healthcheck-client.key', site.pki.etcdClient.key],
  ] as const) {
    files.set(`/etc/kubernetes/pki/etcd/${name}`, { content, mode: 0o600 });
  }
  return files;
}

function describe(
  site: Site,
  topology: Topology,
  hosts: Map<string, Host>,
  credentials: { etcd: ClientCredentials; kube: ClientCredentials },
): Cluster {
  const { layout } = site;
  const byName = (name: string) => {
    const host = hosts.get(name);
    if (!host) throw new Error(`this drill has no host ${name}`);
    return host;
  };
  const layoutOf = (name: string) => layout.hosts.find((each) => each.name === name);
  return {
    target: 'process',
    members: layout.hosts.map((host) => ({
      host: host.name,
      name: host.name,
      clientUrl: clientUrl(layout, host),
      peerUrl: peerUrl(layout, host),
      dataDir: `${host.root}${layout.dataDir}`,
    })),
    apiServers: layout.hosts
      .filter((host) => host.controlPlane)
      .map((host) => ({ host: host.name, url: `https://${host.address}:${host.ports.apiServer}` })),
    etcdCredentials: topology.tls ? credentials.etcd : undefined,
    kubeCredentials: topology.controlPlanes > 0 ? credentials.kube : undefined,
    clusterToken: layout.clusterToken,
    backupDir: site.backupDir,
    get operator() {
      const operator = byName(OPERATOR);
      if (operator.state !== 'running') throw new Error('the operator is not running');
      return operator;
    },
    hosts: () => layout.hosts.map((host) => byName(host.name)),
    host: byName,
    replace: (host) => void hosts.set(host.name, host),
    network: site.network,
    variablesOf: (name) => variables(site, layoutOf(name)),
  };
}

/** Paths and addresses that runbooks use, as the host sees them. */
function variables(site: Site, host: HostLayout | undefined): Record<string, string> {
  const { layout } = site;
  const root = host?.root ?? '';
  const pki = `${root}/etc/kubernetes/pki/etcd`;
  return {
    BACKUP_DIR: site.network ? '/backup' : site.backupDir,
    KUBECONFIG: `${root}/etc/kubernetes/admin.conf`,
    ...(host && {
      ETCD_DATA_DIR: `${root}${layout.dataDir}`,
      ETCD_ENV_FILE: `${root}${layout.envFile}`,
      CONTROL_PLANE_ENDPOINT: `${host.address}:${host.ports.apiServer}`,
    }),
    ...(layout.tls && {
      ETCDCTL_CACERT: `${pki}/ca.crt`,
      ETCDCTL_CERT: `${pki}/healthcheck-client.crt`,
      ETCDCTL_KEY: `${pki}/healthcheck-client.key`,
    }),
  };
}

async function linkTools(toolchain: Toolchain, toolsDir: string): Promise<void> {
  const { etcd, kubernetes } = toolchain;
  const tools: Record<string, string | undefined> = {
    etcd: etcd.etcd,
    etcdctl: etcd.etcdctl,
    etcdutl: etcd.etcdutl,
    'kube-apiserver': kubernetes?.kubeApiserver,
    'kube-controller-manager': kubernetes?.kubeControllerManager,
    'kube-scheduler': kubernetes?.kubeScheduler,
    kubectl: kubernetes?.kubectl,
  };
  for (const [name, path] of Object.entries(tools))
    if (path) await symlink(path, join(toolsDir, name));
}

async function writeCredentials(
  pki: ClusterPki,
  folder: string,
): Promise<{ etcd: ClientCredentials; kube: ClientCredentials }> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  return {
    etcd: {
      ca: await write('etcd-ca.crt', pki.etcdCa.identity.cert),
      cert: await write('etcd-client.crt', pki.etcdClient.cert),
      key: await write('etcd-client.key', pki.etcdClient.key),
    },
    kube: {
      ca: await write('kubernetes-ca.crt', pki.kubeCa.identity.cert),
      cert: await write('admin.crt', pki.admin.cert),
      key: await write('admin.key', pki.admin.key),
    },
  };
}

async function powerOffAll(hosts: ReadonlyMap<string, Host>): Promise<void> {
  await Promise.all(
    [...hosts.values()].map(async (host) => {
      if (host.state === 'frozen') await (await host.thaw()).powerOff();
      if (host.state === 'running') await host.powerOff();
    }),
  );
}
