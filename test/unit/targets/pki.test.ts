import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ClusterLayout,
  type ClusterPki,
  firstServiceAddress,
  type HostLayout,
  makeClusterPki,
  pkiFilesOf,
  STANDARD_PORTS,
} from '../../../harness/targets/host-files.ts';
import { Authority, serviceAccountKeys } from '../../../harness/targets/pki.ts';

const NOW_MS = Date.UTC(2026, 10, 20);

const host = (controlPlane: boolean): HostLayout => ({
  name: 'cp-1',
  address: '10.77.0.11',
  root: '',
  controlPlane,
  ports: STANDARD_PORTS,
});
const layout: ClusterLayout = {
  hosts: [host(true)],
  tls: true,
  etcdUser: 'root',
  controllers: true,
  dns: false,
  workers: [],
  serviceCidr: '10.96.0.0/12',
  clusterToken: 'token',
  dataDir: '/var/lib/etcd',
  envFile: '/etc/etcd.env',
  etcdVersion: '3.6.16',
  etcdPrefix: '/registry',
  encryptionConfig: undefined,
};
const pki: ClusterPki = await makeClusterPki(NOW_MS, undefined);
const files = await pkiFilesOf(pki, layout, host(true));
const certificate = (path: string) =>
  new X509Certificate(files.get(`/etc/kubernetes/pki/${path}.crt`)?.content ?? '');

describe('the certificates of a control plane', () => {
  it.each([
    ['etcd/server', 'etcd/ca'],
    ['etcd/peer', 'etcd/ca'],
    ['etcd/healthcheck-client', 'etcd/ca'],
    ['apiserver-etcd-client', 'etcd/ca'],
    ['apiserver', 'ca'],
    ['front-proxy-client', 'front-proxy-ca'],
  ])('%s is signed by %s alone, and its key belongs to it', (path, authority) => {
    const own = certificate(path);
    for (const each of ['ca', 'etcd/ca', 'front-proxy-ca']) {
      expect(own.verify(certificate(each).publicKey)).toBe(each === authority);
    }
    expect(own.checkIssued(certificate(authority))).toBe(true);
    const key = createPrivateKey(files.get(`/etc/kubernetes/pki/${path}.key`)?.content ?? '');
    expect(own.checkPrivateKey(key)).toBe(true);
  });

  it.each(['ca', 'etcd/ca', 'front-proxy-ca'])('%s is an authority and signs itself', (path) => {
    const authority = certificate(path);
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
  });

  it.each(['etcd/server', 'etcd/peer'])(
    '%s is good for the name and address of its host',
    (path) => {
      const own = certificate(path);
      for (const name of ['cp-1', 'localhost']) expect(own.checkHost(name)).toBe(name);
      for (const address of ['10.77.0.11', '127.0.0.1']) expect(own.checkIP(address)).toBe(address);
      expect(own.checkHost('cp-2')).toBeUndefined();
      expect(own.checkIP('10.77.0.12')).toBeUndefined();
    },
  );

  it('apiserver is good for the names by which pods call it, and for its service address', () => {
    const own = certificate('apiserver');
    for (const name of ['kubernetes', 'kubernetes.default.svc', 'cp-1'])
      expect(own.checkHost(name)).toBe(name);
    expect(own.checkIP('10.96.0.1')).toBe('10.96.0.1');
  });

  it('may do what they are for and no more', () => {
    const [SERVER, CLIENT] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
    expect(certificate('etcd/peer').keyUsage).toEqual([SERVER, CLIENT]);
    expect(certificate('apiserver').keyUsage).toEqual([SERVER]);
    expect(certificate('apiserver-etcd-client').keyUsage).toEqual([CLIENT]);
    expect(certificate('apiserver-etcd-client').subjectAltName).toBeUndefined();
  });

  it('are valid from before now, for a year', () => {
    const own = certificate('apiserver');
    expect(Date.parse(own.validFrom)).toBeLessThan(NOW_MS);
    expect(Date.parse(own.validTo)).toBe(NOW_MS + 365 * 24 * 3600_000);
  });

  it('have keys that only their owner reads', () => {
    for (const [path, { mode }] of files) {
      if (/\.(key|conf)$/.test(path)) expect([path, mode]).toEqual([path, 0o600]);
    }
  });

  it('make the user of admin.conf an administrator', () => {
    const config = files.get('/etc/kubernetes/admin.conf')?.content ?? '';
    expect(config).toContain('server: https://10.77.0.11:6443\n');
    const data = /client-certificate-data: (.*)/.exec(config)?.[1] ?? '';
    const admin = new X509Certificate(Buffer.from(data, 'base64'));
    expect(admin.subject.split('\n').sort()).toEqual(['CN=kubernetes-admin', 'O=system:masters']);
    expect(admin.verify(certificate('ca').publicKey)).toBe(true);
  });
});

it('a host that is no control plane gets nothing of Kubernetes', async () => {
  const paths = [...(await pkiFilesOf(pki, layout, host(false))).keys()];
  expect(paths).toContain('/etc/kubernetes/pki/etcd/server.crt');
  expect(paths.filter((path) => !path.startsWith('/etc/kubernetes/pki/etcd/'))).toEqual([]);
});

it('authorities of two runs do not trust each other', async () => {
  const other = await Authority.create('etcd-ca', NOW_MS);
  const { cert } = await other.issue({ commonName: 'stranger', usage: 'client' });
  expect(new X509Certificate(cert).verify(certificate('etcd/ca').publicKey)).toBe(false);
});

describe('the key of service-account tokens', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

  it('is the one that was given, so that the tokens of a backup go on being valid', () => {
    const { key, pub } = serviceAccountKeys(privateKey);
    expect(pub).toBe(publicKey);
    expect(createPrivateKey(key).equals(createPrivateKey(privateKey))).toBe(true);
  });

  it('is a new one of each run otherwise', () => {
    expect(serviceAccountKeys().pub).not.toBe(serviceAccountKeys().pub);
  });
});

it.each([
  ['10.96.0.0/12', '10.96.0.1'],
  ['172.20.0.0/16', '172.20.0.1'],
  ['fd00:10:96::0/112', 'fd00:10:96::1'],
])('the service network %s begins with %s', (cidr, first) => {
  expect(firstServiceAddress(cidr)).toBe(first);
});
