import {
  type ClusterLayout,
  clientUrl,
  type HostFiles,
  type HostLayout,
  peerUrl,
} from './host-files.ts';

const COREFILE = '/etc/coredns/Corefile';
const ENCRYPTION_CONFIG = '/etc/kubernetes/encryption.yaml';

/** systemd units of a host and the environment file of its etcd. Nothing restarts by itself. */
export function unitFilesOf(layout: ClusterLayout, host: HostLayout): HostFiles {
  const files: HostFiles = new Map();
  const unit = (name: string, description: string, command: string, more: UnitExtras = {}) =>
    files.set(`/etc/systemd/system/${name}.service`, {
      content: unitFile(description, command, more),
      mode: 0o644,
    });
  files.set(layout.envFile, { content: etcdEnvironment(layout, host), mode: 0o644 });
  // systemd wants an absolute path; a host without a root of its own finds programs by PATH.
  const bin = host.root === '' ? '/usr/local/bin/' : '';
  unit('etcd', 'etcd key-value store', `${bin}etcd`, {
    environmentFile: `${host.root}${layout.envFile}`,
    user: layout.etcdUser,
  });
  if (!host.controlPlane) return files;
  unit(
    'kube-apiserver',
    'Kubernetes API server',
    // A third of the collector's work: on two cores the start of three at once is all processor time.
    flags(`/usr/bin/env GOGC=300 ${bin}kube-apiserver`, apiServerFlags(layout, host)),
  );
  if (layout.encryptionConfig !== undefined) {
    files.set(ENCRYPTION_CONFIG, { content: layout.encryptionConfig, mode: 0o600 });
  }
  if (layout.dns) {
    files.set(COREFILE, { content: corefile(host), mode: 0o644 });
    unit('coredns', 'CoreDNS', `${bin}coredns -conf ${host.root}${COREFILE}`);
  }
  if (!layout.controllers) return files;
  unit(
    'kube-controller-manager',
    'Kubernetes controller manager',
    flags(`${bin}kube-controller-manager`, controllerFlags(host)),
  );
  unit(
    'kube-scheduler',
    'Kubernetes scheduler',
    flags(`${bin}kube-scheduler`, schedulerFlags(host)),
  );
  return files;
}

interface UnitExtras {
  environmentFile?: string;
  user?: string;
}

/**
 * `Type=simple` everywhere: a notify unit of the first member of a new cluster would block until quorum.
 * One second to stop, because a kube-apiserver without etcd drains for a minute and keeps its port.
 */
function unitFile(
  description: string,
  command: string,
  { environmentFile, user = 'root' }: UnitExtras,
): string {
  return [
    '[Unit]',
    `Description=${description}`,
    '[Service]',
    'Type=simple',
    ...(user === 'root' ? [] : [`User=${user}`, `Group=${user}`]),
    ...(environmentFile === undefined ? [] : [`EnvironmentFile=${environmentFile}`]),
    `ExecStart=${command}`,
    'TimeoutStopSec=1',
    'Restart=no',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

function flags(program: string, values: Record<string, string>): string {
  return [program, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)].join(
    ' ',
  );
}

/** https://etcd.io/docs/v3.6/op-guide/configuration/ */
function etcdEnvironment(layout: ClusterLayout, host: HostLayout): string {
  const scheme = layout.tls ? 'https' : 'http';
  const { root, ports } = host;
  const pki = `${root}/etc/kubernetes/pki/etcd`;
  const local = host.address === '127.0.0.1' ? '' : `${scheme}://127.0.0.1:${ports.etcdClient},`;
  const variables: Record<string, string> = {
    ETCD_NAME: host.name,
    ETCD_DATA_DIR: `${root}${layout.dataDir}`,
    ETCD_INITIAL_CLUSTER: layout.hosts
      .map((each) => `${each.name}=${peerUrl(layout, each)}`)
      .join(','),
    ETCD_INITIAL_CLUSTER_STATE: 'new',
    ETCD_INITIAL_CLUSTER_TOKEN: layout.clusterToken,
    ETCD_INITIAL_ADVERTISE_PEER_URLS: peerUrl(layout, host),
    ETCD_LISTEN_PEER_URLS: peerUrl(layout, host),
    ETCD_LISTEN_CLIENT_URLS: `${local}${clientUrl(layout, host)}`,
    ETCD_ADVERTISE_CLIENT_URLS: clientUrl(layout, host),
    ETCD_LISTEN_METRICS_URLS: `http://127.0.0.1:${ports.etcdMetrics}`,
    ...(layout.tls
      ? {
          ETCD_CERT_FILE: `${pki}/server.crt`,
          ETCD_KEY_FILE: `${pki}/server.key`,
          ETCD_TRUSTED_CA_FILE: `${pki}/ca.crt`,
          ETCD_CLIENT_CERT_AUTH: 'true',
          ETCD_PEER_CERT_FILE: `${pki}/peer.crt`,
          ETCD_PEER_KEY_FILE: `${pki}/peer.key`,
          ETCD_PEER_TRUSTED_CA_FILE: `${pki}/ca.crt`,
          ETCD_PEER_CLIENT_CERT_AUTH: 'true',
        }
      : {}),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
}

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ */
function apiServerFlags(layout: ClusterLayout, host: HostLayout): Record<string, string> {
  const pki = `${host.root}/etc/kubernetes/pki`;
  const scheme = layout.tls ? 'https' : 'http';
  const loopback = host.address === '127.0.0.1';
  return {
    // Its own host's member only, so that one member is seen through one API server, as kubeadm has it.
    'etcd-servers': `${scheme}://127.0.0.1:${host.ports.etcdClient}`,
    ...(layout.tls
      ? {
          'etcd-cafile': `${pki}/etcd/ca.crt`,
          'etcd-certfile': `${pki}/apiserver-etcd-client.crt`,
          'etcd-keyfile': `${pki}/apiserver-etcd-client.key`,
        }
      : {}),
    ...(layout.etcdPrefix === '/registry' ? {} : { 'etcd-prefix': layout.etcdPrefix }),
    ...(layout.encryptionConfig === undefined
      ? {}
      : { 'encryption-provider-config': `${host.root}${ENCRYPTION_CONFIG}` }),
    'secure-port': String(host.ports.apiServer),
    'bind-address': loopback ? '127.0.0.1' : '0.0.0.0',
    'advertise-address': host.address,
    // Endpoints of `kubernetes` may not be loopback addresses: without namespaces nobody writes them.
    ...(loopback ? { 'endpoint-reconciler-type': 'none' } : {}),
    'tls-cert-file': `${pki}/apiserver.crt`,
    'tls-private-key-file': `${pki}/apiserver.key`,
    'client-ca-file': `${pki}/ca.crt`,
    'requestheader-client-ca-file': `${pki}/front-proxy-ca.crt`,
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': `${pki}/front-proxy-client.crt`,
    'proxy-client-key-file': `${pki}/front-proxy-client.key`,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': `${pki}/sa.pub`,
    'service-account-signing-key-file': `${pki}/sa.key`,
    'service-cluster-ip-range': layout.serviceCidr,
    // No kube-proxy runs: webhooks are called at the addresses of their endpoints.
    'enable-aggregator-routing': 'true',
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    'cert-dir': `${host.root}/var/run/kubernetes`,
  };
}

/**
 * Asks the API server of its own host alone, and caches nothing but what the kubernetes plugin does.
 * https://coredns.io/plugins/kubernetes/
 */
function corefile({ root, address, ports }: HostLayout): string {
  const addresses = [...new Set([address, '127.0.0.1'])].join(' ');
  return `.:${ports.dns} {
    bind ${addresses}
    errors
    kubernetes cluster.local in-addr.arpa {
        kubeconfig ${root}/etc/kubernetes/coredns.conf
    }
}
`;
}

function controllerFlags(host: HostLayout): Record<string, string> {
  const pki = `${host.root}/etc/kubernetes/pki`;
  const config = `${host.root}/etc/kubernetes/controller-manager.conf`;
  return {
    kubeconfig: config,
    'authentication-kubeconfig': config,
    'authorization-kubeconfig': config,
    'bind-address': '127.0.0.1',
    'secure-port': String(host.ports.controllerManager),
    'root-ca-file': `${pki}/ca.crt`,
    'service-account-private-key-file': `${pki}/sa.key`,
    'cluster-signing-cert-file': `${pki}/ca.crt`,
    'cluster-signing-key-file': `${pki}/ca.key`,
    'use-service-account-credentials': 'true',
    'leader-elect': 'true',
    'cert-dir': `${host.root}/var/run/kubernetes`,
  };
}

function schedulerFlags(host: HostLayout): Record<string, string> {
  const config = `${host.root}/etc/kubernetes/scheduler.conf`;
  return {
    kubeconfig: config,
    'authentication-kubeconfig': config,
    'authorization-kubeconfig': config,
    'bind-address': '127.0.0.1',
    'secure-port': String(host.ports.scheduler),
    'leader-elect': 'true',
    'cert-dir': `${host.root}/var/run/kubernetes`,
  };
}
