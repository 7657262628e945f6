import { createServer } from 'node:net';
import { environmentError } from '../../support/errors.ts';
import type { EtcdTools } from '../../toolchain/toolchain.ts';
import { clusterLayout } from '../cluster-layout.ts';
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
  return clusterLayout(topology, etcd, hosts, workersOf(topology, hosts.length));
}

/** Their addresses follow those of the members. */
function workersOf({ workers }: Topology, memberCount: number): HostLayout[] {
  return Array.from({ length: workers }, (_, index) => ({
    name: `worker-${index + 1}`,
    controlPlane: false,
    address: addressOf(memberCount + index),
    root: '',
    ports: STANDARD_PORTS,
  }));
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
