import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DiagnosisDocument,
  diagnosisSchema,
} from '../../../harness/cli/diagnosis/document.ts';
import { run, runOrThrow } from '../../../harness/exec/run.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { ENTRY } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { type LiveCluster, startLiveCluster } from './live-cluster.ts';

const runs = await requireTarget('kind');

const PROVISION_MS = 25 * 60_000;
const TEST_MS = 4 * 60_000;
/** What a young cluster has not finished yet. */
const SETTLE_MS = 90_000;

describe('kubedrill diagnose on a node of a kubeadm cluster', { timeout: TEST_MS }, () => {
  let live: LiveCluster;

  beforeAll(async () => {
    if (runs) live = await startLiveCluster();
  }, PROVISION_MS);

  afterAll(async () => {
    if (runs) expect(await live?.end()).toEqual([]);
  }, PROVISION_MS);

  /** As an administrator would who has logged in on the control plane: with its network and its certificates. */
  async function diagnose(): Promise<DiagnosisDocument> {
    const { kubeCredentials: kube, etcdCredentials: etcd, members } = live.cluster;
    return diagnoseAs({ 'client-certificate': kube?.cert, 'client-key': kube?.key }, [
      ...['--canary', '--kubelets', '--coredns', '--kube-proxy', '--bootstrap-tokens'],
      ...['--etcd', members[0]?.clientUrl ?? '', '--cacert', etcd?.ca ?? ''],
      ...['--cert', etcd?.cert ?? '', '--key', etcd?.key ?? ''],
    ]);
  }

  async function diagnoseAs(user: object, flags: string[]): Promise<DiagnosisDocument> {
    const { cluster, controlPlane } = live;
    const { kubeCredentials: kube, apiServers } = cluster;
    const file = join(cluster.backupDir, '..', 'diagnose.conf');
    const named = { name: 'one' };
    const context = { cluster: 'one', user: 'one' };
    const config = {
      clusters: [
        { ...named, cluster: { server: apiServers[0]?.url, 'certificate-authority': kube?.ca } },
      ],
      users: [{ ...named, user }],
      contexts: [{ ...named, context }],
      'current-context': 'one',
    };
    await writeFile(file, JSON.stringify(config));
    const format = ['--format', '{{.State.Pid}}'];
    const { stdout: pid } = await runOrThrow(
      'find the node',
      'docker',
      ['inspect', ...format, controlPlane],
      { timeoutMs: 10_000 },
    );
    const { stdout, stderr } = await run(
      'nsenter',
      [
        ...['--target', pid.trim(), '--net', process.execPath, ENTRY, 'diagnose', '--json'],
        ...['--kubeconfig', file, ...flags],
      ],
      { timeoutMs: TEST_MS },
    );
    if (stdout === '') throw new Error(stderr);
    return diagnosisSchema.parse(JSON.parse(stdout));
  }

  const untilHealthy = () =>
    until(
      'nothing is found, and everything was seen',
      async () => {
        const { verdict, findings, detectors } = await diagnose();
        const blind = detectors.filter((each) => each.verdict === 'unknown');
        const open = [
          ...findings.map(({ message }) => message),
          ...blind.map(({ name, reason }) => `${name}: ${reason}`),
        ];
        return verdict === 'healthy' ? done(true) : notYet(open.join('\n'));
      },
      { timeoutMs: SETTLE_MS, intervalMs: 1000 },
    );

  /**
   * Nothing of API servers arrives on a node any more, or at one pod of it, and what it acknowledges is lost, too.
   * @returns lets it hear again.
   */
  async function deafen(node: string, pod: string): Promise<() => Promise<void>> {
    const to = pod && `--destination ${pod}`;
    const from = pod && `--source ${pod}`;
    const rules = ['INPUT', 'OUTPUT', 'FORWARD'].flatMap((chain) => [
      `${chain} ${to} --protocol tcp --sport 6443 --jump DROP`,
      `${chain} ${from} --protocol tcp --dport 6443 --jump DROP`,
    ]);
    const each = (action: string) =>
      live.on(node, rules.map((rule) => `iptables --wait --${action} ${rule}`).join('\n'));
    await each('insert');
    return async () => void (await each('delete'));
  }

  const codesOf = ({ findings }: DiagnosisDocument) => findings.map(({ code }) => code);

  it('is silent when nothing is broken, by every detector that has something to compare', async () => {
    await untilHealthy();
    const { detectors } = await diagnose();
    const skipped = detectors.filter(({ verdict }) => verdict === 'skipped');
    // Two compare API servers, three a baseline, and one was given no token.
    expect(skipped.map(({ name }) => name).sort()).toEqual([
      'api-server-stores',
      'baseline',
      'pod-token',
      'reassigned-addresses',
      'revision',
      'service-account-keys',
    ]);
  });

  it('finds what a kubelet runs that was not told of its end', async () => {
    const { controlPlane, worker, on } = live;
    const ours = `--namespace web --field-selector spec.nodeName=${worker} --selector app=shop`;
    const pods = await on(controlPlane, `kubectl get pods ${ours} --output name`);
    const [pod = ''] = pods.split('\n');
    const heard = await deafen(worker, '');
    try {
      await on(controlPlane, `kubectl --namespace web delete ${pod} --force --grace-period=0`);
      const found = await diagnose();
      const phantom = found.findings.find(({ code }) => code === 'phantom-pod');
      expect(phantom?.objects.map(({ name }) => `pod/${name}`)).toEqual([pod]);
      expect(phantom?.cure).toContain(`systemctl restart kubelet\` on ${worker}`);
    } finally {
      await heard();
    }
    await untilHealthy();
  });

  it('finds the one CoreDNS pod of several that hears of nothing new', async () => {
    const { controlPlane, on, apply } = live;
    const format = `--output jsonpath='{range .items[*]}{.metadata.name} {.status.podIP} {.spec.nodeName}{"\\n"}{end}'`;
    const listed = await on(
      controlPlane,
      `kubectl --namespace kube-system get pods --selector k8s-app=kube-dns ${format}`,
    );
    const [name = '', address = '', node = ''] = listed.split('\n')[0]?.split(' ') ?? [];
    const heard = await deafen(node, address);
    try {
      await apply(service('late'));
      const found = await diagnose();
      expect(codesOf(found)).toContain('dns-name-missing');
      const missing = found.findings.find(({ code }) => code === 'dns-name-missing');
      expect(missing?.where).toBe(name);
      expect(missing?.objects.map((each) => each.name)).toContain('late');
    } finally {
      await heard();
    }
    await on(controlPlane, `kubectl --namespace kube-system delete pod ${name}`);
    await untilHealthy();
  });

  it('finds the one kube-proxy that hears of nothing new', async () => {
    const { controlPlane, worker, on, apply } = live;
    await apply(service('early'));
    await untilHealthy();
    await on(worker, 'kill -STOP $(pidof kube-proxy)');
    try {
      await on(controlPlane, 'kubectl delete service early');
      await apply(service('unserved'));
      const { findings } = await diagnose();
      const told = findings.map(
        ({ code, where, objects }) => `${code} ${where} ${objects.map(({ name }) => name)}`,
      );
      expect(told).toEqual([
        `service-rule-ghost ${worker} early`,
        `service-rule-missing ${worker} unserved`,
      ]);
    } finally {
      await on(worker, 'kill -CONT $(pidof kube-proxy)');
    }
    await untilHealthy();
  });

  it('asks kube-proxy with the rights that it prints, and says which one is missing', async () => {
    const { controlPlane, on } = live;
    const kubectl = (words: string, input?: string) => on(controlPlane, `kubectl ${words}`, input);
    await kubectl('--namespace default create serviceaccount looker');
    const token = await kubectl('--namespace default create token looker');
    const rights = await run(
      process.execPath,
      [ENTRY, 'diagnose', '--print-rbac', '--kube-proxy'],
      { timeoutMs: TEST_MS },
    );
    await kubectl('apply --filename -', rights.stdout);
    const looker = '--serviceaccount default:looker';
    const role = 'kubedrill-diagnose-kube-proxy';
    await kubectl(`create clusterrolebinding looker --clusterrole kubedrill-diagnose ${looker}`);
    const rules = async () => {
      const { detectors } = await diagnoseAs({ token }, ['--kube-proxy']);
      return detectors.find(({ name }) => name === 'service-rules');
    };
    expect(await rules()).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('cannot get resource "pods/exec"'),
    });
    await kubectl(`--namespace kube-system create rolebinding looker --role ${role} ${looker}`);
    expect(await rules()).toMatchObject({ verdict: 'pass', reason: null });
    // What was enough before Kubernetes 1.35.
    const getOnly = JSON.stringify([{ op: 'replace', path: '/rules/0/verbs', value: ['get'] }]);
    await kubectl(`--namespace kube-system patch role ${role} --type json --patch '${getOnly}'`);
    expect(await rules()).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(/HTTP 403 .*--print-rbac --kube-proxy/),
    });
  });
});

function service(name: string) {
  const spec = { ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}
