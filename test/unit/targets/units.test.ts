import { describe, expect, it } from 'vitest';
import {
  type ClusterLayout,
  type HostLayout,
  STANDARD_PORTS,
} from '../../../harness/targets/host-files.ts';
import { unitFilesOf } from '../../../harness/targets/units.ts';

const ownRoot: HostLayout = {
  name: 'cp-1',
  address: '10.77.0.11',
  root: '',
  controlPlane: true,
  ports: STANDARD_PORTS,
};
const withoutRoot: HostLayout = {
  ...ownRoot,
  address: '127.0.0.1',
  root: '/runs/1/hosts/cp-1/files',
  ports: { ...STANDARD_PORTS, etcdClient: 41001, etcdPeer: 41002, apiServer: 41003 },
};

function textsOf(host: HostLayout, changes: Partial<ClusterLayout> = {}) {
  const other = { ...host, name: 'cp-2', address: host.root === '' ? '10.77.0.12' : host.address };
  const layout: ClusterLayout = {
    hosts: [host, other],
    tls: true,
    etcdUser: 'root',
    controllers: true,
    dns: false,
    workers: [],
    serviceCidr: '10.96.0.0/12',
    clusterToken: 'kubedrill-1',
    dataDir: '/var/lib/etcd',
    envFile: '/etc/etcd.env',
    etcdVersion: '3.6.16',
    etcdPrefix: '/registry',
    encryptionConfig: undefined,
    ...changes,
  };
  const files = unitFilesOf(layout, host);
  const text = (path: string) => files.get(path)?.content ?? '';
  const commandOf = (unit: string) =>
    /^ExecStart=(.*)$/m.exec(text(`/etc/systemd/system/${unit}.service`))?.[1]?.split(' ') ?? [];
  const variables = Object.fromEntries(
    [...text('/etc/etcd.env').matchAll(/^(\w+)="(.*)"$/gm)].map(([, name, value]) => [name, value]),
  );
  return { files, text, commandOf, variables };
}

describe('etcd of a host', () => {
  it('is told everything by its environment file, at the path that the drill names', () => {
    const { files, text, commandOf } = textsOf(ownRoot, { envFile: '/etc/default/etcd' });
    expect(commandOf('etcd')).toEqual(['/usr/local/bin/etcd']);
    expect(text('/etc/systemd/system/etcd.service')).toContain(
      'EnvironmentFile=/etc/default/etcd\n',
    );
    expect(files.has('/etc/default/etcd')).toBe(true);
  });

  it('knows all members of the new cluster', () => {
    expect(textsOf(ownRoot).variables).toMatchObject({
      ETCD_NAME: 'cp-1',
      ETCD_INITIAL_CLUSTER: 'cp-1=https://10.77.0.11:2380,cp-2=https://10.77.0.12:2380',
      ETCD_INITIAL_CLUSTER_STATE: 'new',
      ETCD_INITIAL_CLUSTER_TOKEN: 'kubedrill-1',
    });
  });

  it('takes certificates of clients and peers with TLS', () => {
    expect(textsOf(ownRoot).variables).toMatchObject({
      ETCD_CLIENT_CERT_AUTH: 'true',
      ETCD_PEER_CLIENT_CERT_AUTH: 'true',
      ETCD_CERT_FILE: '/etc/kubernetes/pki/etcd/server.crt',
      ETCD_LISTEN_CLIENT_URLS: 'https://127.0.0.1:2379,https://10.77.0.11:2379',
    });
  });

  it('speaks plain HTTP without TLS, and names no certificate', () => {
    const { variables, text } = textsOf(ownRoot, { tls: false });
    expect(variables.ETCD_ADVERTISE_CLIENT_URLS).toBe('http://10.77.0.11:2379');
    expect(text('/etc/etcd.env')).not.toMatch(/https|CERT|_CA_/);
  });

  it('runs as the user that its data belongs to', () => {
    const unit = '/etc/systemd/system/etcd.service';
    expect(textsOf(ownRoot, { etcdUser: 'etcd' }).text(unit)).toContain('User=etcd\nGroup=etcd\n');
    expect(textsOf(ownRoot).text(unit)).not.toContain('User=');
  });

  it('keeps to its folder and its ports on a host without a root of its own', () => {
    const { variables, text } = textsOf(withoutRoot);
    expect(variables).toMatchObject({
      ETCD_DATA_DIR: `${withoutRoot.root}/var/lib/etcd`,
      ETCD_LISTEN_CLIENT_URLS: 'https://127.0.0.1:41001',
      ETCD_CERT_FILE: `${withoutRoot.root}/etc/kubernetes/pki/etcd/server.crt`,
    });
    expect(text('/etc/systemd/system/etcd.service')).toContain(
      `EnvironmentFile=${withoutRoot.root}/etc/etcd.env\n`,
    );
  });
});

describe('kube-apiserver of a host', () => {
  it('asks the member of its own host', () => {
    const flags = textsOf(ownRoot).commandOf('kube-apiserver');
    expect(flags).toContain('--etcd-servers=https://127.0.0.1:2379');
    expect(flags).toContain('--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt');
    expect(flags).toContain('--bind-address=0.0.0.0');
  });

  it('asks etcd without certificates when etcd has none', () => {
    const flags = textsOf(ownRoot, { tls: false }).commandOf('kube-apiserver');
    expect(flags).toContain('--etcd-servers=http://127.0.0.1:2379');
    expect(flags.filter((flag) => /^--etcd-(ca|cert|key)file/.test(flag))).toEqual([]);
    expect(flags).toContain('--tls-cert-file=/etc/kubernetes/pki/apiserver.crt');
  });

  it('is reached from this machine alone where it has no network of its own', () => {
    const flags = textsOf(withoutRoot).commandOf('kube-apiserver');
    expect(flags).toContain('--bind-address=127.0.0.1');
    expect(flags).toContain('--endpoint-reconciler-type=none');
    expect(flags).toContain('--secure-port=41003');
    const files = flags.filter((flag) => flag.includes('/pki/'));
    expect(files.every((flag) => flag.includes(`=${withoutRoot.root}/`))).toBe(true);
  });

  it('is told the prefix and the encryption of a user’s own data, and nothing else of them', () => {
    const plain = textsOf(ownRoot).commandOf('kube-apiserver').join(' ');
    expect(plain).not.toMatch(/etcd-prefix|encryption/);
    const { commandOf, files } = textsOf(ownRoot, {
      etcdPrefix: '/kubernetes.io',
      encryptionConfig: 'kind: EncryptionConfiguration\n',
    });
    expect(commandOf('kube-apiserver')).toContain('--etcd-prefix=/kubernetes.io');
    const path = commandOf('kube-apiserver')
      .find((flag) => flag.startsWith('--encryption-provider-config='))
      ?.split('=')[1];
    expect(files.get(path ?? '')).toEqual({
      content: 'kind: EncryptionConfiguration\n',
      mode: 0o600,
    });
  });
});

describe('the units of a host', () => {
  const unitsOf = (host: HostLayout, changes: Partial<ClusterLayout> = {}) =>
    [...textsOf(host, changes).files.keys()].flatMap(
      (path) => /([^/]+)\.service$/.exec(path)?.[1] ?? [],
    );

  it('are those of its part in the cluster', () => {
    expect(unitsOf({ ...ownRoot, controlPlane: false })).toEqual(['etcd']);
    expect(unitsOf(ownRoot, { controllers: false })).toEqual(['etcd', 'kube-apiserver']);
    expect(unitsOf(ownRoot)).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
  });

  it('never start again by themselves: a drill sees what a runbook does, not what systemd repairs', () => {
    const { files } = textsOf(ownRoot);
    for (const [path, { content }] of files) {
      if (path.endsWith('.service')) expect(content).toContain('Restart=no\n');
    }
  });
});

describe('CoreDNS', () => {
  it('is a unit of control planes that asks the API server of its own host alone', () => {
    const { text, commandOf } = textsOf(withoutRoot, { dns: true });
    expect(commandOf('coredns')).toEqual([
      'coredns',
      '-conf',
      `${withoutRoot.root}/etc/coredns/Corefile`,
    ]);
    const corefile = text('/etc/coredns/Corefile');
    expect(corefile).toContain(`.:${withoutRoot.ports.dns} {\n    bind 127.0.0.1\n`);
    expect(corefile).toContain(`kubeconfig ${withoutRoot.root}/etc/kubernetes/coredns.conf`);
    expect(textsOf(ownRoot, { dns: true }).commandOf('coredns')[0]).toBe('/usr/local/bin/coredns');
    expect(textsOf(ownRoot, { dns: true }).text('/etc/coredns/Corefile')).toContain(
      '.:53 {\n    bind 10.77.0.11 127.0.0.1\n',
    );
  });

  it('is not there unless the scenario asks for it, nor on hosts that run etcd alone', () => {
    expect(textsOf(ownRoot).files.has('/etc/systemd/system/coredns.service')).toBe(false);
    const member = textsOf({ ...ownRoot, controlPlane: false }, { dns: true });
    expect(member.files.has('/etc/systemd/system/coredns.service')).toBe(false);
  });
});
