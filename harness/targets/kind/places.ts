import { z } from 'zod';
import { environmentError } from '../../support/errors.ts';
import type { Engine } from '../container/engine.ts';
import type { OwnNetwork } from '../container/subnet.ts';

const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

const roleSchema = z.enum(['control-plane', 'worker', 'external-load-balancer']);

/** A container of kind and where it is for life. */
export interface NodePlace {
  name: string;
  role: z.infer<typeof roleSchema>;
  address: string;
}

/**
 * Gives every container of a cluster the address that it has got, for life: Docker hands addresses out in the
 * order of starts, and two nodes that start in another order swap theirs. Connections of a moment ago survive.
 * Certificates and etcd's peers hold the address, so that it cannot be another one.
 */
export async function pinNodes(
  engine: Engine,
  cluster: string,
  { network, name: networkName }: OwnNetwork,
): Promise<NodePlace[]> {
  const filters = { label: [`${CLUSTER_LABEL}=${cluster}`] };
  const containers = await engine.listContainers({ filters });
  const places: NodePlace[] = [];
  for (const { Id, Names, Labels, NetworkSettings } of containers) {
    const name = (Names[0] ?? '').replace(/^\//, '');
    const address = NetworkSettings.Networks[networkName]?.IPAddress;
    if (!address) {
      throw environmentError(
        `learn the address of ${name}`,
        `it is not in the network ${networkName}`,
        `docker inspect ${name}`,
      );
    }
    await network.disconnect({ Container: Id });
    await network.connect({
      Container: Id,
      EndpointConfig: { IPAMConfig: { IPv4Address: address }, Aliases: [name] },
    });
    places.push({ name, role: roleSchema.parse(Labels[ROLE_LABEL]), address });
  }
  return places;
}
