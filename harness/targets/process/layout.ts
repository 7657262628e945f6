import type { EtcdTools } from '../../toolchain/toolchain.ts';
import { clusterLayout } from '../cluster-layout.ts';
import { type ClusterLayout, type HostLayout, STANDARD_PORTS } from '../host-files.ts';
import type { Topology } from '../target.ts';
import { freePorts } from './free-ports.ts';
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
            ports: await portsOfItsOwn(),
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

/** For programs of several hosts that have one address. */
async function portsOfItsOwn(): Promise<HostLayout['ports']> {
  const names = Object.keys(STANDARD_PORTS) as (keyof HostLayout['ports'])[];
  const free = await freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, free[index]])) as HostLayout['ports'];
}
