import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../harness/checks/index.ts';
import type { Examination } from '../../../harness/model/check.ts';
import type { Finding } from '../../../harness/model/finding.ts';
import type { Observation } from '../../../harness/model/observation.ts';
import { type ObservableKind, probeAll } from '../../../harness/probes/index.ts';
import { type Clock, systemClock } from '../../../harness/support/clock.ts';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { healthy } from '../../planted/healthy.ts';
import { requireTarget } from '../required.ts';
import { type LiveCluster, startLiveCluster } from './live-cluster.ts';

const runs = await requireTarget('kind');

const PROVISION_MS = 25 * 60_000;
const TEST_MS = 4 * 60_000;
/** As long as a drill waits before it calls wrong what may heal. */
const HEAL_MS = 60_000;
const DAY_MS = 86_400_000;

const ETCD = '/etc/kubernetes/manifests/etcd.yaml';
const SCHEDULER = '/etc/kubernetes/manifests/kube-scheduler.yaml';
const CLIENT = '/etc/kubernetes/pki/etcd/healthcheck-client.crt';
const ETCDCTL = 'etcdctl --endpoints https://127.0.0.1:2379';

const OF_NODES = CHECKS.filter(({ needs }) => needs.includes('nodes'));
const KINDS: readonly ObservableKind[] = [
  'nodes',
  'api-pods',
  'kubelet-pods',
  'node-containers',
  'pod-answers',
  'services',
  'service-rules',
  'static-pods',
  'certificates',
];

describe('checks of nodes, on a kubeadm cluster with a worker', { timeout: TEST_MS }, () => {
  let live: LiveCluster;
  let controlPlane: string;
  let worker: string;

  beforeAll(async () => {
    if (!runs) return;
    live = await startLiveCluster();
    ({ controlPlane, worker } = live);
  }, PROVISION_MS);

  afterAll(async () => {
    if (runs) expect(await live?.end()).toEqual([]);
  }, PROVISION_MS);

  const look = (only: readonly ObservableKind[] = KINDS, clock: Clock = systemClock) =>
    probeAll(live.cluster, { sentinels: [], only: new Set(only), clock });

  /** @param sinceMs when the recovery began, if there was one. */
  const examine = (now: Observation[], sinceMs: number | null, nodes = [controlPlane, worker]) => {
    const twin = healthy();
    const facts = { ...twin.facts, apiServers: [controlPlane], nodes };
    const view = { ...twin, now, facts: { ...facts, recoveryStartedAtMs: sinceMs } };
    return OF_NODES.map((check): [string, Examination] => [check.name, check.examine(view)]);
  };
  const findings = (...looked: Parameters<typeof examine>): Finding[] =>
    examine(...looked).flatMap(([, examination]) => examination.findings);

  /** Every check has looked and finds nothing. */
  const untilHealed = (sinceMs: number | null = null) =>
    until(
      'every check of nodes passes',
      async () => {
        const all = examine(await look(), sinceMs);
        const open = all.filter(([, { verdict }]) => verdict !== 'pass');
        return open.length === 0 ? done(true) : notYet(JSON.stringify(open));
      },
      { timeoutMs: HEAL_MS, intervalMs: 500 },
    );

  /** The program hears and does nothing, while its containers and its rules stay as they are. */
  const whileFrozen = async (host: string, program: string, act: () => Promise<void>) => {
    await live.on(host, `kill -STOP $(pidof ${program})`);
    try {
      await act();
    } finally {
      await live.on(host, `kill -CONT $(pidof ${program})`);
    }
  };
  const patch = (what: string, change: unknown) =>
    live.on(controlPlane, `kubectl patch ${what} --type merge --patch '${JSON.stringify(change)}'`);

  it('are silent when nothing is broken', () => untilHealed());

  it('name what a kubelet that hangs runs too much and too little', async () => {
    const sinceMs = systemClock.nowMs();
    await whileFrozen(worker, 'kubelet', async () => {
      const pods = 'kubectl --namespace web get pods --output name';
      const phantom = (await live.on(controlPlane, pods)).split('\n')[0]?.slice('pod/'.length);
      await live.on(controlPlane, `${ETCDCTL} del /registry/pods/web/${phantom}`);
      await live.apply(podOn(worker));
      await patch('pod restored --subresource status', { status: STATUS_OF_THE_SNAPSHOT });
      const renewTime = new Date(sinceMs - DAY_MS).toISOString().replace('Z', '000Z');
      await patch(`lease ${worker} --namespace kube-node-lease`, { spec: { renewTime } });
      const found = findings(await look(), sinceMs).filter(({ where }) => where.includes(worker));
      const objects = (code: string) =>
        found.find((each) => each.code === code)?.objects.map(({ name }) => name);
      expect(objects('phantom-pod')).toEqual([phantom]);
      expect(objects('pod-without-containers')).toEqual(['restored']);
      expect(objects('pod-silent')).toEqual(['restored']);
      expect(objects('node-silent')).toContain(worker);
    });
    await untilHealed(sinceMs);
  });

  it('name the Services that a kube-proxy that hangs serves too much and too little', async () => {
    await live.apply(service('early'));
    await untilHealed();
    await whileFrozen(worker, 'kube-proxy', async () => {
      await live.on(controlPlane, 'kubectl delete service early');
      await live.apply(service('late'));
      const found = findings(await look(['services', 'service-rules']), null);
      const there = found.filter(({ where }) => where.includes(worker));
      expect(there.map(({ code, objects }) => `${code} ${objects[0]?.name}`)).toEqual([
        'service-rule-ghost early',
        'service-rule-missing late',
      ]);
    });
    await untilHealed();
  });

  it('name endpoints that lead nowhere, and those left out', async () => {
    const ofShop = '--namespace web --selector kubernetes.io/service-name=shop';
    await whileFrozen(controlPlane, 'kube-controller-manager', async () => {
      const slice = await live.on(
        controlPlane,
        `kubectl get endpointslices ${ofShop} --output name`,
      );
      const endpoints = [{ addresses: ['10.244.9.9'], conditions: { ready: true } }];
      await patch(`${slice} --namespace web`, { endpoints });
      const found = findings(await look(['services', 'api-pods']), null);
      expect(found.map(({ code, objects }) => `${code} ${objects[0]?.name}`)).toEqual([
        'endpoint-ghost shop',
        'endpoint-missing shop',
      ]);
    });
    await untilHealed();
  });

  it('name flags that are not in force, and what runs without a manifest', async () => {
    const change = `sed -i.kept s/snapshot-count=10000/snapshot-count=20000/ ${ETCD}`;
    await live.on(controlPlane, `systemctl stop kubelet; ${change}; mv ${SCHEDULER} /root/`);
    const found = findings(await look(['static-pods']), null);
    expect(codesIn(found)).toEqual(['static-pod-differs', 'static-pod-unintended']);
    expect(found[0]?.message).toContain('--snapshot-count=20000 is not in force');
    const back = `mv ${ETCD}.kept ${ETCD}; mv /root/kube-scheduler.yaml ${SCHEDULER}`;
    await live.on(controlPlane, `${back}; systemctl start kubelet`);
    await untilHealed();
  });

  it('name Nodes without a host, and hosts without a Node', async () => {
    await live.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'gone' } });
    const hosts = [controlPlane, worker, 'joined-later'];
    const found = findings(await look(['nodes']), null, hosts);
    expect(found.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'node-ghost gone',
      'node-missing joined-later',
    ]);
    await live.on(controlPlane, 'kubectl delete node gone');
    await untilHealed();
  });

  it('name certificates that are missing or expired, and a kubeadm without its ConfigMap', async () => {
    const config = '--namespace kube-system configmap kubeadm-config';
    await live.on(
      controlPlane,
      `mv ${CLIENT} /root/; kubectl get ${config} --output json >/root/config.json; kubectl delete ${config}`,
    );
    const inTwoYears: Clock = {
      ...systemClock,
      nowMs: () => systemClock.nowMs() + 2 * 366 * DAY_MS,
    };
    const found = findings(await look(['certificates'], inTwoYears), null);
    expect(codesIn(found)).toEqual([
      'certificate-expired',
      'certificate-missing',
      'kubeadm-unreadable',
    ]);
    await live.on(
      controlPlane,
      `mv /root/healthcheck-client.crt ${CLIENT}; kubectl create --filename /root/config.json`,
    );
    await untilHealed();
  });
});

function codesIn(found: readonly Finding[]): string[] {
  return found.map(({ code }) => code);
}

function service(name: string) {
  const ports = [{ name: 'http', port: 80 }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports } };
}

/** Bound to a node whose kubelet is never told. */
function podOn(nodeName: string) {
  const container = { name: 'pause', image: 'kubedrill.local/web:1', imagePullPolicy: 'Never' };
  const containers = [{ ...container, ports: [{ containerPort: 8080 }] }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'restored' },
    spec: { nodeName, terminationGracePeriodSeconds: 1, containers },
  };
}

const STATUS_OF_THE_SNAPSHOT = {
  phase: 'Running',
  podIP: '10.244.9.8',
  podIPs: [{ ip: '10.244.9.8' }],
  conditions: [{ type: 'Ready', status: 'True' }],
};
