import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnsNames as check } from '../../../harness/checks/dns-names.ts';
import { askDns } from '../../../harness/dns/ask.ts';
import { EVERYWHERE } from '../../../harness/dns/names.ts';
import { type Daemon, startDaemon } from '../../../harness/exec/daemon.ts';
import type { ObjectRef } from '../../../harness/model/finding.ts';
import type { DnsNames } from '../../../harness/model/observation.ts';
import { populate } from '../../../harness/populate/populate.ts';
import { probeAll } from '../../../harness/probes/index.ts';
import { done, until } from '../../../harness/support/until.ts';
import { freePorts } from '../../../harness/targets/process/free-ports.ts';
import type { DnsServerAddress } from '../../../harness/targets/target.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { healthy } from '../../planted/healthy.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import { of } from './observed.ts';

const START_MS = 240_000;
const GONE: ObjectRef = { group: '', resource: 'services', namespace: 'shop', name: 'gone' };

describe('a real CoreDNS', () => {
  let cluster: BareCluster & { dnsServers?: DnsServerAddress[] };
  let coredns: Daemon | undefined;
  let server: DnsServerAddress;

  const look = async (): Promise<DnsNames> => {
    const only = new Set(['etcd-objects', 'dns-names'] as const);
    const seen = await probeAll(cluster, { sentinels: [GONE], only });
    const [names] = of(seen, 'dns-names');
    if (!names) throw new Error(JSON.stringify(seen.filter(({ kind }) => kind === 'unavailable')));
    return names;
  };
  const examine = (names: DnsNames) => {
    const twin = healthy();
    const facts = { ...twin.facts, dnsServers: [names.source] };
    return check.examine({ ...twin, now: [names], facts });
  };

  beforeAll(async () => {
    cluster = await startBareCluster({ members: 1, apiServers: 1, tls: true });
    await populate(cluster, { count: 60, seed: 1 });
    const [port = 0] = await freePorts(1);
    server = { host: 'host-1', address: '127.0.0.1', port };
    coredns = await startCoreDns(cluster, server);
    cluster.dnsServers = [server];
    await until(
      'CoreDNS answers',
      async () => done(await askDns(server, { name: EVERYWHERE, type: 'A' }, 'udp', 1000)),
      { timeoutMs: 30_000 },
    );
  }, START_MS);

  afterAll(async () => {
    coredns?.kill('SIGCONT');
    coredns?.kill('SIGKILL');
    await coredns?.ended;
    await cluster?.[Symbol.asyncDispose]();
  });

  it('answers every kind of Service over UDP and TCP, and none that is not there', async () => {
    const names = await look();
    expect(names.silent).toEqual({ udp: null, tcp: null });
    const wrong = names.asked.filter(
      ({ expected, answered, error }) =>
        error !== null || JSON.stringify(answered) !== JSON.stringify(expected),
    );
    expect(wrong).toEqual([]);
    const seen = names.asked.map(({ name, type, transport }) => `${name} ${type} ${transport}`);
    expect(seen).toContain(`${EVERYWHERE} A udp`);
    expect(seen).toContain(`${EVERYWHERE} A tcp`);
    expect(seen).toContain('_http._tcp.web.kubedrill-app-1.svc.cluster.local SRV udp');
    const headless = names.asked.find(({ name }) => name.startsWith('peers.kubedrill-app-1.'));
    expect(headless?.answered).toEqual(['10.244.0.7', '10.244.1.7']);
    const gone = names.asked.find(({ name }) => name === 'gone.shop.svc.cluster.local');
    expect(gone).toMatchObject({ expected: null, answered: null });
    expect(examine(names)).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('that hangs is found not to answer', async () => {
    coredns?.kill('SIGSTOP');
    const names = await look();
    expect(names.silent.udp).toContain('no answer over UDP');
    expect(names.silent.tcp).toContain('no answer over TCP');
    expect(names.asked).toEqual([]);
    expect(examine(names).findings.map(({ code }) => code)).toEqual(['dns-unanswered']);
  });
});

async function startCoreDns(cluster: BareCluster, server: DnsServerAddress) {
  const [tool] = await resolveProduct('coredns', undefined, {});
  const { ca = '', cert = '', key = '' } = cluster.kubeCredentials ?? {};
  const kubeconfig = join(cluster.directory, 'coredns.conf');
  const corefile = join(cluster.directory, 'Corefile');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'bare',
          cluster: { server: cluster.apiServers[0]?.url, 'certificate-authority': ca },
        },
      ],
      users: [{ name: 'admin', user: { 'client-certificate': cert, 'client-key': key } }],
      contexts: [{ name: 'bare', context: { cluster: 'bare', user: 'admin' } }],
      'current-context': 'bare',
    }),
  );
  await writeFile(
    corefile,
    `.:${server.port} {\n  bind 127.0.0.1\n  kubernetes cluster.local {\n    kubeconfig ${kubeconfig}\n  }\n}\n`,
  );
  const logFile = join(cluster.directory, 'coredns.log');
  return startDaemon(tool?.path ?? 'coredns', ['-conf', corefile], { logFile });
}
