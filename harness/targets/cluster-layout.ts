import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EtcdTools } from '../toolchain/toolchain.ts';
import type { ClusterLayout, HostLayout } from './host-files.ts';
import type { Topology } from './target.ts';

/** What is decided about a cluster once the target has given its hosts names, addresses and ports. */
export async function clusterLayout(
  topology: Topology,
  etcd: EtcdTools,
  hosts: readonly HostLayout[],
  workers: readonly HostLayout[] = [],
): Promise<ClusterLayout> {
  return {
    hosts,
    workers,
    tls: topology.tls,
    etcdUser: topology.etcdUser,
    controllers: topology.controllers,
    dns: topology.dns,
    serviceCidr: topology.serviceCidr,
    clusterToken: `kubedrill-${randomBytes(6).toString('hex')}`,
    dataDir: topology.dataDir,
    envFile: topology.envFile,
    etcdVersion: etcd.version,
    etcdPrefix: topology.userData?.etcdPrefix ?? '/registry',
    encryptionConfig: await textOf(topology.userData?.encryptionConfig),
  };
}

/** The text of a file of the user's, when there is one. */
export async function textOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}
