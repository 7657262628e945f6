import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../../harness/etcd/client.ts';
import { type Daemon, startDaemon } from '../../../harness/exec/daemon.ts';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { ApiServer } from '../../../harness/kube/api-server.ts';
import { systemClock } from '../../../harness/support/clock.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { Authority, serviceAccountKeys } from '../../../harness/targets/pki.ts';
import { freePorts } from '../../../harness/targets/process/free-ports.ts';
import type {
  ApiServerAddress,
  ClientCredentials,
  MemberAddress,
} from '../../../harness/targets/target.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';

/**
 * Real etcd members and kube-apiservers on loopback with free ports: what populate and the probes
 * need of a cluster, without hosts. API server N uses member N only, as on a control plane.
 */
export interface BareCluster extends AsyncDisposable {
  directory: string;
  members: MemberAddress[];
  apiServers: ApiServerAddress[];
  etcdCredentials: ClientCredentials | undefined;
  kubeCredentials: ClientCredentials | undefined;
  answerTimeoutMs: number;
  /** `etcd-1` … and `kube-apiserver-1` …, as `<program>` on `<host>`. */
  stop(program: 'etcd' | 'kube-apiserver', host: string, signal?: NodeJS.Signals): Promise<void>;
  start(program: 'etcd' | 'kube-apiserver', host: string): Promise<void>;
  signal(program: 'etcd' | 'kube-apiserver', host: string, signal: NodeJS.Signals): void;
  /** Puts a snapshot in the place of a stopped member's data, as a member of the whole cluster. */
  restore(host: string, snapshot: string, extra?: string[]): Promise<void>;
}

interface Tools {
  etcd: string;
  etcdutl: string;
  kubeApiserver: string;
}

interface Service {
  program: string;
  args: string[];
  logFile: string;
  daemon: Daemon | undefined;
}

export async function startBareCluster(options: {
  members: 1 | 3;
  apiServers: number;
  tls?: boolean;
}): Promise<BareCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'kubedrill-bare-'));
  const tools = await findTools(options.apiServers > 0);
  const pki = await writePki(join(directory, 'pki'));
  const hosts = Array.from({ length: options.members }, (_, index) => `host-${index + 1}`);
  const ports = await freePorts(hosts.length * 2 + options.apiServers);
  const scheme = options.tls ? 'https' : 'http';
  const members = hosts.map((host, index) => ({
    host,
    name: host,
    clientUrl: `${scheme}://127.0.0.1:${ports[index * 2]}`,
    peerUrl: `http://127.0.0.1:${ports[index * 2 + 1]}`,
    dataDir: join(directory, host, 'etcd'),
  }));
  const apiServers = hosts.slice(0, options.apiServers).map((host, index) => ({
    host,
    url: `https://127.0.0.1:${ports[hosts.length * 2 + index]}`,
  }));
  const services = new Map<string, Service>();
  for (const member of members) {
    await mkdir(join(directory, member.host), { recursive: true });
    services.set(`etcd ${member.host}`, {
      program: tools.etcd,
      args: etcdArgs(member, members, options.tls ? pki.directory : undefined),
      logFile: join(directory, member.host, 'etcd.log'),
      daemon: undefined,
    });
  }
  for (const server of apiServers) {
    const member = members.find(({ host }) => host === server.host);
    services.set(`kube-apiserver ${server.host}`, {
      program: tools.kubeApiserver,
      args: apiServerArgs(server, member?.clientUrl ?? '', pki.directory),
      logFile: join(directory, server.host, 'kube-apiserver.log'),
      daemon: undefined,
    });
  }
  const cluster = new LoopbackCluster({
    directory,
    members,
    apiServers,
    services,
    etcdutl: tools.etcdutl,
    credentials: pki.admin,
    tls: options.tls ?? false,
  });
  try {
    await Promise.all(hosts.map((host) => cluster.start('etcd', host)));
    await Promise.all(apiServers.map(({ host }) => cluster.start('kube-apiserver', host)));
    return cluster;
  } catch (thrown) {
    await cluster[Symbol.asyncDispose]();
    throw thrown;
  }
}

class LoopbackCluster implements BareCluster {
  readonly directory: string;
  readonly members: MemberAddress[];
  readonly apiServers: ApiServerAddress[];
  readonly etcdCredentials: ClientCredentials | undefined;
  readonly kubeCredentials: ClientCredentials;
  /** Tests play beside others: what is slow for once is not silent. */
  readonly answerTimeoutMs = 5000;
  readonly #services: Map<string, Service>;
  readonly #etcdutl: string;

  constructor(parts: {
    directory: string;
    members: MemberAddress[];
    apiServers: ApiServerAddress[];
    services: Map<string, Service>;
    etcdutl: string;
    credentials: ClientCredentials;
    tls: boolean;
  }) {
    this.directory = parts.directory;
    this.members = parts.members;
    this.apiServers = parts.apiServers;
    this.etcdCredentials = parts.tls ? parts.credentials : undefined;
    this.kubeCredentials = parts.credentials;
    this.#services = parts.services;
    this.#etcdutl = parts.etcdutl;
  }

  async start(program: 'etcd' | 'kube-apiserver', host: string): Promise<void> {
    const service = this.#service(program, host);
    service.daemon = startDaemon(service.program, service.args, { logFile: service.logFile });
    if (program === 'etcd') await this.#etcdAnswers(host);
    else await this.#apiServerAnswers(host);
  }

  async stop(
    program: 'etcd' | 'kube-apiserver',
    host: string,
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<void> {
    const service = this.#service(program, host);
    service.daemon?.kill(signal);
    await service.daemon?.ended;
    service.daemon = undefined;
  }

  signal(program: 'etcd' | 'kube-apiserver', host: string, signal: NodeJS.Signals): void {
    this.#service(program, host).daemon?.kill(signal);
  }

  async restore(host: string, snapshot: string, extra: string[] = []): Promise<void> {
    const member = this.#member(host);
    await rm(member.dataDir, { recursive: true });
    const peers = this.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
    const place = ['snapshot', 'restore', snapshot, '--data-dir', member.dataDir];
    const identity = ['--name', member.name, '--initial-advertise-peer-urls', member.peerUrl];
    await runOrThrow(
      `restore ${host}`,
      this.#etcdutl,
      // Of a flag that is given twice the last one counts.
      [...place, ...identity, '--initial-cluster', peers, ...extra],
      { timeoutMs: 20_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { daemon } of this.#services.values()) daemon?.kill('SIGKILL');
    await Promise.all([...this.#services.values()].map(({ daemon }) => daemon?.ended));
    await rm(this.directory, { recursive: true, force: true });
  }

  async #etcdAnswers(host: string): Promise<void> {
    const { clientUrl } = this.#member(host);
    const client = new EtcdClient({ url: clientUrl, credentials: this.etcdCredentials });
    try {
      await until(
        `etcd on ${host} answers`,
        async () => {
          const { leaderId } = await client.status({ timeoutMs: 5000 });
          return leaderId === '0' ? notYet('no leader') : done(undefined);
        },
        { timeoutMs: 20_000 },
      );
    } finally {
      client.close();
    }
  }

  async #apiServerAnswers(host: string): Promise<void> {
    const url = this.apiServers.find((server) => server.host === host)?.url ?? '';
    const server = new ApiServer({ host, url, credentials: this.kubeCredentials });
    try {
      await until(
        `kube-apiserver on ${host} answers`,
        async () => done(await server.text('/readyz', { timeoutMs: 2000 })),
        { timeoutMs: 60_000, intervalMs: 100 },
      );
    } finally {
      server.close();
    }
  }

  #member(host: string): MemberAddress {
    const member = this.members.find((each) => each.host === host);
    if (member === undefined) throw new Error(`no member on ${host}`);
    return member;
  }

  #service(program: string, host: string): Service {
    const service = this.#services.get(`${program} ${host}`);
    if (service === undefined) throw new Error(`no ${program} on ${host}`);
    return service;
  }
}

async function findTools(kubernetes: boolean): Promise<Tools> {
  const etcd = await resolveProduct('etcd', undefined, {}, ['etcd', 'etcdutl']);
  const kube = kubernetes
    ? await resolveProduct('kubernetes', undefined, {}, ['kube-apiserver'])
    : [];
  const pathOf = (name: string) =>
    [...etcd, ...kube].find(({ tool }) => tool === name)?.path ?? name;
  return {
    etcd: pathOf('etcd'),
    etcdutl: pathOf('etcdutl'),
    kubeApiserver: pathOf('kube-apiserver'),
  };
}

function etcdArgs(
  member: MemberAddress,
  members: MemberAddress[],
  pki: string | undefined,
): string[] {
  const peers = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  return [
    `--name=${member.name}`,
    `--data-dir=${member.dataDir}`,
    `--listen-client-urls=${member.clientUrl}`,
    `--advertise-client-urls=${member.clientUrl}`,
    `--listen-peer-urls=${member.peerUrl}`,
    `--initial-advertise-peer-urls=${member.peerUrl}`,
    `--initial-cluster=${peers}`,
    '--log-level=warn',
    ...(pki === undefined
      ? []
      : [
          '--client-cert-auth',
          `--trusted-ca-file=${pki}/ca.crt`,
          `--cert-file=${pki}/server.crt`,
          `--key-file=${pki}/server.key`,
        ]),
  ];
}

function apiServerArgs(server: ApiServerAddress, etcdUrl: string, pki: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    ...(etcdUrl.startsWith('https:')
      ? [
          `--etcd-cafile=${pki}/ca.crt`,
          `--etcd-certfile=${pki}/admin.crt`,
          `--etcd-keyfile=${pki}/admin.key`,
        ]
      : []),
    `--secure-port=${new URL(server.url).port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--tls-cert-file=${pki}/server.crt`,
    `--tls-private-key-file=${pki}/server.key`,
    `--client-ca-file=${pki}/ca.crt`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
  ];
}

async function writePki(
  directory: string,
): Promise<{ directory: string; admin: ClientCredentials }> {
  await mkdir(directory);
  const authority = await Authority.create('kubedrill-test', systemClock.nowMs());
  const server = await authority.issue({
    commonName: 'server',
    dnsNames: ['localhost'],
    addresses: ['127.0.0.1'],
    usage: 'both',
  });
  const admin = await authority.issue({
    commonName: 'admin',
    organization: 'system:masters',
    usage: 'client',
  });
  const sa = serviceAccountKeys();
  const files = {
    'ca.crt': authority.identity.cert,
    'server.crt': server.cert,
    'server.key': server.key,
    'admin.crt': admin.cert,
    'admin.key': admin.key,
    'sa.key': sa.key,
    'sa.pub': sa.pub,
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(join(directory, name), content);
  const at = (name: string) => join(directory, name);
  return { directory, admin: { ca: at('ca.crt'), cert: at('admin.crt'), key: at('admin.key') } };
}
