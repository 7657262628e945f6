import type { TargetName } from '../model/scenario.ts';
import type { HarnessCredentials } from './credentials.ts';
import type { Host } from './host.ts';
import {
  apiServerUrl,
  type ClusterLayout,
  clientUrl,
  type HostLayout,
  peerUrl,
} from './host-files.ts';
import { OPERATOR } from './operator.ts';
import type { ApiServerAddress, Cluster, MemberAddress, Network } from './target.ts';

/** What a target knows of the cluster that it has made. */
export interface ClusterParts {
  target: TargetName;
  layout: ClusterLayout;
  /** By name, the operator among them, as they are now. */
  hosts: Map<string, Host>;
  credentials: HarnessCredentials;
  /** One folder, as the harness and as the hosts see it. */
  backupDir: { outside: string; inside: string };
  network: Network | undefined;
  /** How the harness reaches the hosts' servers, where their own addresses are out of its reach. */
  detours?: Detours;
  waysIn?: readonly string[];
  keepData?: () => Promise<void>;
  takeBackups?: () => Promise<void>;
}

/** Each by the URL, or the host, that it stands for. */
export interface Detours {
  urls: ReadonlyMap<string, string>;
  dns: ReadonlyMap<string, { address: string; port: number }>;
}

export function describeCluster(parts: ClusterParts): Cluster {
  const { layout, hosts, credentials } = parts;
  const byName = (name: string) => {
    const host = hosts.get(name);
    if (!host) throw new Error(`this drill has no host ${name}`);
    return host;
  };
  const controlPlanes = layout.hosts.filter((host) => host.controlPlane);
  return {
    target: parts.target,
    members: layout.hosts.map((host) => memberAddress(parts, host)),
    apiServers: controlPlanes.map((host) => apiServerAddress(parts, host)),
    ...(layout.dns && {
      dnsServers: controlPlanes.map(({ name, address, ports }) => ({
        host: name,
        ...(parts.detours?.dns.get(name) ?? { address, port: ports.dns }),
      })),
    }),
    etcdCredentials: layout.tls ? credentials.etcd : undefined,
    kubeCredentials: controlPlanes.length > 0 ? credentials.kube : undefined,
    clusterToken: layout.clusterToken,
    backupDir: parts.backupDir.outside,
    get operator() {
      const operator = byName(OPERATOR);
      if (operator.state !== 'running') throw new Error('the operator is not running');
      return operator;
    },
    hosts: () => [...layout.hosts, ...layout.workers].map((host) => byName(host.name)),
    host: byName,
    replace: (host) => void hosts.set(host.name, host),
    network: parts.network,
    ...(parts.waysIn && { waysIn: parts.waysIn }),
    ...(parts.keepData && { keepData: parts.keepData }),
    ...(parts.takeBackups && { takeBackups: parts.takeBackups }),
    variablesOf: (name) =>
      variables(
        parts,
        layout.hosts.find((each) => each.name === name),
      ),
  };
}

function memberAddress({ layout, detours }: ClusterParts, host: HostLayout): MemberAddress {
  const urls = { clientUrl: clientUrl(layout, host), peerUrl: peerUrl(layout, host) };
  const [client, peer] = [detours?.urls.get(urls.clientUrl), detours?.urls.get(urls.peerUrl)];
  return {
    host: host.name,
    name: host.name,
    ...urls,
    ...(client && peer && { dialled: { clientUrl: client, peerUrl: peer } }),
    dataDir: `${host.root}${layout.dataDir}`,
  };
}

function apiServerAddress({ detours }: ClusterParts, host: HostLayout): ApiServerAddress {
  const url = apiServerUrl(host);
  const dialUrl = detours?.urls.get(url);
  return { host: host.name, url, ...(dialUrl && { dialUrl }) };
}

/** Paths and addresses that runbooks use, as the host sees them. */
function variables(
  { layout, backupDir }: ClusterParts,
  host: HostLayout | undefined,
): Record<string, string> {
  const root = host?.root ?? '';
  const pki = `${root}/etc/kubernetes/pki/etcd`;
  return {
    BACKUP_DIR: backupDir.inside,
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
