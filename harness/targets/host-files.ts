import { Authority, type Identity, serviceAccountKeys } from './pki.ts';

/** Where things are on one host. On a host with its own root `root` is ''; else the folder that stands for it. */
export interface HostLayout {
  name: string;
  address: string;
  root: string;
  controlPlane: boolean;
  ports: {
    etcdClient: number;
    etcdPeer: number;
    etcdMetrics: number;
    apiServer: number;
    controllerManager: number;
    scheduler: number;
    dns: number;
  };
}

export interface ClusterLayout {
  /** Each an etcd member. */
  hosts: readonly HostLayout[];
  /** Without etcd and control plane: what a drill installs runs there. */
  workers: readonly HostLayout[];
  tls: boolean;
  etcdUser: 'root' | 'etcd';
  controllers: boolean;
  dns: boolean;
  serviceCidr: string;
  clusterToken: string;
  /** etcd's data directory and environment file, as the host sees them. */
  dataDir: string;
  envFile: string;
  etcdVersion: string;
  /** kube-apiserver's `--etcd-prefix`. */
  etcdPrefix: string;
  /** The text of an EncryptionConfiguration. */
  encryptionConfig: string | undefined;
}

/** Files of one host by their absolute path as the host sees them. */
export type HostFiles = Map<string, { content: string; mode: number }>;

export const STANDARD_PORTS: HostLayout['ports'] = {
  etcdClient: 2379,
  etcdPeer: 2380,
  etcdMetrics: 2381,
  apiServer: 6443,
  controllerManager: 10257,
  scheduler: 10259,
  dns: 53,
};

export function clientUrl(layout: ClusterLayout, host: HostLayout): string {
  return `${layout.tls ? 'https' : 'http'}://${host.address}:${host.ports.etcdClient}`;
}

export function peerUrl(layout: ClusterLayout, host: HostLayout): string {
  return `${layout.tls ? 'https' : 'http'}://${host.address}:${host.ports.etcdPeer}`;
}

export function apiServerUrl({ address, ports }: HostLayout): string {
  return `https://${address}:${ports.apiServer}`;
}

/** The first address of the service network, at which `kubernetes.default` answers. */
export function firstServiceAddress(serviceCidr: string): string {
  const [base = ''] = serviceCidr.split('/');
  return base.replace(/\d+$/, (last) => String(Number(last) + 1));
}

/** The authorities and shared identities of one cluster, made for the run. */
export interface ClusterPki {
  etcdCa: Authority;
  kubeCa: Authority;
  frontProxyCa: Authority;
  serviceAccount: { key: string; pub: string };
  etcdClient: Identity;
  admin: Identity;
}

/** @param serviceAccountKey PEM of a private key that is there already: its tokens go on being valid. */
export async function makeClusterPki(
  nowMs: number,
  serviceAccountKey: string | undefined,
): Promise<ClusterPki> {
  const [etcdCa, kubeCa, frontProxyCa] = await Promise.all([
    Authority.create('etcd-ca', nowMs),
    Authority.create('kubernetes', nowMs),
    Authority.create('front-proxy-ca', nowMs),
  ]);
  const [etcdClient, admin] = await Promise.all([
    etcdCa.issue({ commonName: 'kubedrill', usage: 'client' }),
    kubeCa.issue({
      commonName: 'kubernetes-admin',
      organization: 'system:masters',
      usage: 'client',
    }),
  ]);
  return {
    etcdCa,
    kubeCa,
    frontProxyCa,
    serviceAccount: serviceAccountKeys(serviceAccountKey),
    etcdClient,
    admin,
  };
}

/**
 * The certificates and kubeconfigs of one host, at kubeadm's paths.
 * https://kubernetes.io/docs/setup/best-practices/certificates/
 */
export async function pkiFilesOf(
  pki: ClusterPki,
  layout: ClusterLayout,
  host: HostLayout,
): Promise<HostFiles> {
  const files: HostFiles = new Map();
  const addPair = (path: string, identity: Identity) => {
    files.set(`${path}.crt`, { content: identity.cert, mode: 0o644 });
    files.set(`${path}.key`, { content: identity.key, mode: 0o600 });
  };
  const etcd = '/etc/kubernetes/pki/etcd';
  const names = { dnsNames: ['localhost', host.name], addresses: ['127.0.0.1', host.address] };
  addPair(`${etcd}/ca`, pki.etcdCa.identity);
  const etcdNames = { ...names, commonName: host.name, usage: 'both' } as const;
  const [server, peer, health] = await Promise.all([
    pki.etcdCa.issue(etcdNames),
    pki.etcdCa.issue(etcdNames),
    pki.etcdCa.issue({ commonName: 'kube-etcd-healthcheck-client', usage: 'client' }),
  ]);
  addPair(`${etcd}/server`, server);
  addPair(`${etcd}/peer`, peer);
  addPair(`${etcd}/healthcheck-client`, health);
  if (!host.controlPlane) return files;

  const kube = '/etc/kubernetes/pki';
  addPair(`${kube}/ca`, pki.kubeCa.identity);
  addPair(`${kube}/front-proxy-ca`, pki.frontProxyCa.identity);
  files.set(`${kube}/sa.key`, { content: pki.serviceAccount.key, mode: 0o600 });
  files.set(`${kube}/sa.pub`, { content: pki.serviceAccount.pub, mode: 0o644 });
  const [apiServer, etcdClient, frontProxy, controllers, scheduler] = await Promise.all([
    pki.kubeCa.issue({
      commonName: 'kube-apiserver',
      usage: 'server',
      dnsNames: [
        ...names.dnsNames,
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      addresses: [...names.addresses, firstServiceAddress(layout.serviceCidr)],
    }),
    pki.etcdCa.issue({ commonName: 'kube-apiserver-etcd-client', usage: 'client' }),
    pki.frontProxyCa.issue({ commonName: 'front-proxy-client', usage: 'client' }),
    pki.kubeCa.issue({ commonName: 'system:kube-controller-manager', usage: 'client' }),
    pki.kubeCa.issue({ commonName: 'system:kube-scheduler', usage: 'client' }),
  ]);
  addPair(`${kube}/apiserver`, apiServer);
  addPair(`${kube}/apiserver-etcd-client`, etcdClient);
  addPair(`${kube}/front-proxy-client`, frontProxy);
  const server6443 = apiServerUrl(host);
  const addConfig = (file: string, user: string, identity: Identity) =>
    files.set(`/etc/kubernetes/${file}`, {
      content: kubeconfig(server6443, pki.kubeCa, user, identity),
      mode: 0o600,
    });
  addConfig('admin.conf', 'kubernetes-admin', pki.admin);
  addConfig('controller-manager.conf', 'system:kube-controller-manager', controllers);
  addConfig('scheduler.conf', 'system:kube-scheduler', scheduler);
  if (layout.dns) addConfig('coredns.conf', 'system:coredns', await dnsIdentity(pki));
  return files;
}

/**
 * An administrator, because a restored cluster may hold no role for it: with a user's own data nothing
 * but that would be missing.
 */
function dnsIdentity({ kubeCa }: ClusterPki): Promise<Identity> {
  return kubeCa.issue({
    commonName: 'system:coredns',
    organization: 'system:masters',
    usage: 'client',
  });
}

/** A kubeconfig that holds everything it needs. */
export function kubeconfig(
  server: string,
  ca: Authority,
  user: string,
  identity: Identity,
): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
- name: kubedrill
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(ca.identity.cert)}
users:
- name: ${user}
  user:
    client-certificate-data: ${base64(identity.cert)}
    client-key-data: ${base64(identity.key)}
contexts:
- name: kubedrill
  context: { cluster: kubedrill, user: ${user} }
current-context: kubedrill
`;
}
