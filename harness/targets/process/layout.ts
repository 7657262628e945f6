import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { environmentError } from '../../support/errors.ts';
import type { EtcdTools } from '../../toolchain/toolchain.ts';
import { type ClusterLayout, type HostLayout, STANDARD_PORTS } from '../host-files.ts';
import type { Topology } from '../target.ts';
import { addressOf } from './network.ts';

/** Decides names, addresses, ports and paths of a drill's hosts. */
export async function layOut(
  topology: Topology,
  etcd: EtcdTools,
  hostsDir: string,
  namespaces: boolean,
): Promise<ClusterLayout> {
  const hosts = await Promise.all(
    topology.hostNames.map(async (name, index): Promise<HostLayout> => {
      const controlPlane = index < topology.controlPlanes;
      return namespaces
        ? { name, controlPlane, address: addressOf(index), root: '', ports: STANDARD_PORTS }
        : {
            name,
            controlPlane,
            address: '127.0.0.1',
            root: `${hostsDir}/${name}/files`,
            ports: await freePorts(),
          };
    }),
  );
  return {
    hosts,
    tls: topology.tls,
    controllers: topology.controllers,
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

async function freePorts(): Promise<HostLayout['ports']> {
  const names = Object.keys(STANDARD_PORTS) as (keyof HostLayout['ports'])[];
  const servers = await Promise.all(names.map(() => listenAnywhere()));
  const ports = { ...STANDARD_PORTS };
  names.forEach((name, index) => {
    const address = servers[index]?.address();
    if (typeof address === 'object' && address) ports[name] = address.port;
  });
  // All are held until all are known, so that no port is given twice.
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) =>
      reject(environmentError('find a free port on 127.0.0.1', cause.message)),
    );
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
