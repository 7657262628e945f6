import { EtcdClient } from '../etcd/client.ts';
import { ApiServer } from '../kube/api-server.ts';
import { Kubelet } from '../kube/kubelet.ts';
import type { ApiServerAddress, Cluster, MemberAddress } from './target.ts';

/** What it takes to be a client of a cluster. */
export type ReachableCluster = Pick<
  Cluster,
  | 'members'
  | 'apiServers'
  | 'loadBalancer'
  | 'dnsServers'
  | 'ingress'
  | 'etcdCredentials'
  | 'kubeCredentials'
  | 'answerTimeoutMs'
> &
  /** Absent where there is no shell to be had on its hosts. */
  Partial<Pick<Cluster, 'hosts' | 'nodes'>>;

export interface MemberConnection {
  host: string;
  etcd: EtcdClient;
}

/** One client an etcd member and an API server. Nothing is sent until they are used. */
export interface Connections {
  members: MemberConnection[];
  apiServers: ApiServer[];
  /** The door before them, where there is one. */
  loadBalancer: ApiServer | undefined;
  nodes: { host: string; address: string; kubelet: Kubelet }[];
  close(): void;
}

/** A client of one member. @param timeoutMs deadline of each call that does not say its own. */
export function etcdOf(
  { etcdCredentials }: Pick<Cluster, 'etcdCredentials'>,
  { clientUrl, dialled }: MemberAddress,
  timeoutMs?: number,
): EtcdClient {
  return new EtcdClient({
    url: clientUrl,
    dialUrl: dialled?.clientUrl,
    credentials: etcdCredentials,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}

/** A client of one API server. @param timeoutMs deadline of each call that does not say its own. */
export function apiServerAt(
  { kubeCredentials }: Pick<Cluster, 'kubeCredentials'>,
  address: ApiServerAddress,
  timeoutMs: number,
): ApiServer {
  return new ApiServer({ ...address, credentials: kubeCredentials, timeoutMs });
}

/** @param timeoutMs deadline of each call that does not say its own. */
export function connect(cluster: ReachableCluster, timeoutMs: number): Connections {
  const members = cluster.members.map((member) => ({
    host: member.host,
    etcd: etcdOf(cluster, member, timeoutMs),
  }));
  const apiServers = cluster.apiServers.map((server) => apiServerAt(cluster, server, timeoutMs));
  const loadBalancer =
    cluster.loadBalancer && apiServerAt(cluster, cluster.loadBalancer, timeoutMs);
  const nodes = (cluster.nodes?.() ?? []).map(({ host, address }) => ({
    host,
    address,
    kubelet: new Kubelet(address, cluster.kubeCredentials, timeoutMs),
  }));
  return {
    members,
    apiServers,
    loadBalancer,
    nodes,
    close() {
      for (const { etcd } of members) etcd.close();
      for (const server of apiServers) server.close();
      loadBalancer?.close();
      for (const { kubelet } of nodes) kubelet.close();
    },
  };
}
