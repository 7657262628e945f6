import { describe, expect, it } from 'vitest';
import { serviceRules } from '../../../../harness/diagnose/detectors/service-rules.ts';
import type { SomeEnding, SomeExec } from '../../kube/exec-server.ts';
import { ago, codesOf, opened, type SomeObject, some } from '../some-cluster.ts';

const SERVICES: Record<string, string> = { kubernetes: '10.96.0.1', web: '10.96.0.2' };
const META = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } };
const NO_TABLE: SomeEnding = { exitCode: 1, stderr: 'Error: No such file or directory' };
const NO_PROGRAM: SomeEnding = { notStarted: 'exec: "nft": executable file not found in $PATH' };

function service(name: string, clusterIP: string): SomeObject {
  return some('services', name, {}, { spec: { clusterIP, ports: [{ port: 80 }] } });
}

function proxy(number: number, metadata: Record<string, unknown> = META): SomeObject {
  const containers = [{ name: 'first' }, { name: 'kube-proxy' }];
  const spec = { nodeName: `n${number}`, containers };
  return some('pods', `kube-proxy-${number}`, metadata, { spec });
}

function byIptables(services: Record<string, string>): string {
  const rules = Object.entries(services).map(
    ([name, ip]) =>
      `-A KUBE-SERVICES -d ${ip}/32 -p tcp -m comment --comment "default/${name} cluster IP" -m tcp --dport 80 -j KUBE-SVC-X`,
  );
  return ['*nat', ':KUBE-SERVICES - [0:0]', ...rules, 'COMMIT', ''].join('\n');
}

function byNftables(services: Record<string, string>): string {
  const elements = Object.entries(services).map(
    ([name, ip]) => `${ip} . tcp . 80 : goto service-ABCDEFGH-default/${name}/tcp/`,
  );
  return `table ip kube-proxy {\n map service-ips {\n  elements = { ${elements.join(',\n')} }\n }\n}`;
}

/** A kube-proxy that writes with iptables. */
const rules =
  (services: Record<string, string>) =>
  ({ command }: SomeExec): SomeEnding =>
    command[0] === 'nft' ? NO_TABLE : { exitCode: 0, stdout: byIptables(services) };

async function detected(
  exec: ((exec: SomeExec) => SomeEnding) | undefined,
  proxies: SomeObject[] = [proxy(1)],
  parts: Parameters<typeof opened>[1] = {},
) {
  const services = Object.entries(SERVICES).map(([name, ip]) => service(name, ip));
  const objects = [...services, ...proxies];
  await using cluster = await opened([{ objects, ...(exec && { exec }) }], parts);
  return await serviceRules.detect(cluster.patient);
}

describe('service-rules', () => {
  it('finds a Service that a kube-proxy serves no more than it should, on its node', async () => {
    const late = { kubernetes: '10.96.0.1', gone: '10.96.0.9' };
    const found = await detected(
      (exec) => rules(exec.pod === 'kube-proxy-2' ? late : SERVICES)(exec),
      [proxy(1), proxy(2)],
    );
    expect(codesOf(found)).toEqual(['service-rule-ghost', 'service-rule-missing']);
    expect(found.findings.map(({ where, objects }) => `${where} ${objects[0]?.name}`)).toEqual([
      'n2 gone',
      'n2 web',
    ]);
    expect(found.findings[0]?.cure).toContain('rollout restart daemonset kube-proxy');
  });

  it.each([
    ['with iptables', rules(SERVICES)],
    [
      'with iptables, and has no nft',
      (exec: SomeExec) => (exec.command[0] === 'nft' ? NO_PROGRAM : rules(SERVICES)(exec)),
    ],
    ['with nftables', (): SomeEnding => ({ exitCode: 0, stdout: byNftables(SERVICES) })],
  ])('is silent where kube-proxy has written all %s', async (_, exec) => {
    expect(await detected(exec)).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('runs two programs and no shell, in the container of kube-proxy', async () => {
    const ran: SomeExec[] = [];
    await detected((exec) => {
      ran.push(exec);
      return rules(SERVICES)(exec);
    });
    const inContainer = { pod: 'kube-proxy-1', container: 'kube-proxy' };
    expect(ran).toEqual([
      { ...inContainer, command: ['nft', 'list', 'table', 'ip', 'kube-proxy'] },
      { ...inContainer, command: ['iptables-save'] },
    ]);
  });

  it('gives a kube-proxy a moment to write what is new', async () => {
    let looks = 0;
    const found = await detected((exec) => {
      if (exec.command[0] !== 'nft') looks += 1;
      return rules(looks < 3 ? { kubernetes: '10.96.0.1' } : SERVICES)(exec);
    });
    expect(found).toMatchObject({ verdict: 'pass', findings: [] });
    expect(looks).toBe(3);
  });

  it.each([
    [
      'nobody has the right',
      undefined,
      'HTTP 403 Forbidden: cannot get resource "pods/exec" (the rights that it takes: kubedrill diagnose --print-rbac --kube-proxy)',
    ],
    [
      'the image has none of the programs',
      () => NO_PROGRAM,
      'iptables-save: not started exec: "nft": executable file not found',
    ],
    ['it fails', () => NO_TABLE, 'iptables-save: exit 1 Error: No such file or directory'],
    [
      'it is in IPVS mode',
      (exec: SomeExec): SomeEnding =>
        exec.command[0] === 'nft'
          ? NO_TABLE
          : {
              exitCode: 0,
              stdout:
                ':KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\n',
            },
      'IPVS is not read',
    ],
    ['the connection breaks', (): SomeEnding => 'breaks off', 'ended before the program did'],
  ])('does not know where %s, and says so', async (_, exec, says) => {
    const found = await detected(exec);
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('kube-proxy of n1 does not tell its rules: ');
    expect(found.reason).toContain(says);
  });

  it('says beside what it finds on which node it could not look', async () => {
    const found = await detected(
      (exec) =>
        exec.pod === 'kube-proxy-2' ? 'breaks off' : rules({ kubernetes: '10.96.0.1' })(exec),
      [proxy(1), proxy(2)],
    );
    expect(found.verdict).toBe('fail');
    expect(found.reason).toContain('kube-proxy of n2 does not tell its rules');
  });

  it('asks the pod that there is where a restore brought another one back', async () => {
    const { spec } = proxy(1).object;
    const here = some('pods', 'here', { ...META, deletionTimestamp: ago(0) }, { spec });
    const gone = some('pods', 'gone', META, { spec });
    const ran: string[] = [];
    const found = await detected(
      (exec) => {
        ran.push(exec.pod);
        const message = 'pod does not exist';
        return exec.pod === 'gone' ? { refused: { code: 404, message } } : rules(SERVICES)(exec);
      },
      [here, gone],
    );
    expect(found).toMatchObject({ verdict: 'pass' });
    expect(ran).toEqual(['gone', 'here', 'here']);
  });

  it('is skipped where nothing is labelled as kube-proxy', async () => {
    const other = proxy(1, { ...META, namespace: 'default' });
    expect(await detected(rules({}), [other])).toEqual({
      verdict: 'skipped',
      reason: 'no pod in kube-system is labelled k8s-app=kube-proxy',
      findings: [],
    });
  });

  it('waits for nobody when it is to stop', async () => {
    const signal = AbortSignal.timeout(200);
    const found = await detected(() => 'hangs', [proxy(1)], { signal });
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('aborted');
  });
});
