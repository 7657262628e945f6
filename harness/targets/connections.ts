import { EtcdClient } from '../etcd/client.ts';
import { ApiServer } from '../kube/api-server.ts';
import { Kubelet } from '../kube/kubelet.ts';
import type { Cluster } from './target.ts';

/** What it takes to be a client of a cluster. */
export type ReachableCluster = Pick<
  Cluster,
  | 'members'
  | 'apiServers'
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
  nodes: { host: string; address: string; kubelet: Kubelet }[];
  close(): void;
}

/** @param timeoutMs deadline of each call that does not say its own. */
export function connect(cluster: ReachableCluster, timeoutMs: number): Connections {
  const members = cluster.members.map(({ host, clientUrl }) => ({
    host,
    etcd: new EtcdClient({ url: clientUrl, credentials: cluster.etcdCredentials, timeoutMs }),
  }));
  const apiServers = cluster.apiServers.map(
    ({ host, url }) =>
      new ApiServer({ host, url, credentials: cluster.kubeCredentials, timeoutMs }),
  );
  const nodes = (cluster.nodes?.() ?? []).map(({ host, address }) => ({
    host,
    address,
    kubelet: new Kubelet(address, cluster.kubeCredentials, timeoutMs),
  }));
  return {
    members,
    apiServers,
    nodes,
    close() {
      for (const { etcd } of members) etcd.close();
      for (const server of apiServers) server.close();
      for (const { kubelet } of nodes) kubelet.close();
    },
  };
}
