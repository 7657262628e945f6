import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../harness/diagnose/detector.ts';
import { leaderLeases } from '../../../../harness/diagnose/detectors/leader-leases.ts';
import { nodeLeases } from '../../../../harness/diagnose/detectors/node-leases.ts';
import { serviceEndpoints } from '../../../../harness/diagnose/detectors/service-endpoints.ts';
import { unhandledWork } from '../../../../harness/diagnose/detectors/unhandled-work.ts';
import { ago, codesOf, opened, type SomeObject, some } from '../some-cluster.ts';

const HOUR_MS = 3600_000;

async function detected(detector: Detector, ...objects: SomeObject[]) {
  await using cluster = await opened([{ objects }]);
  return await detector.detect(cluster.patient);
}

const READY = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
const NOT_READY = { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } };

function nodeLease(name: string, ageMs: number): SomeObject {
  return some(
    'leases',
    name,
    { namespace: 'kube-node-lease' },
    { spec: { renewTime: ago(ageMs) } },
  );
}

/** Each time it is read it has been renewed. */
function renewing(name: string, namespace: string): SomeObject {
  let reads = 0;
  const spec = {
    holderIdentity: 'cp-1_x',
    leaseDurationSeconds: 15,
    get renewTime() {
      reads += 1;
      return ago(HOUR_MS - reads);
    },
  };
  return some('leases', name, { namespace }, { spec });
}

describe('node-leases', () => {
  it('finds a node that is Ready by hearsay, and the pods on it', async () => {
    const pod = some('pods', 'web', {}, { spec: { nodeName: 'n1' }, ...READY });
    const found = await detected(
      nodeLeases,
      some('nodes', 'n1', {}, READY),
      nodeLease('n1', HOUR_MS),
      pod,
    );
    expect(codesOf(found)).toEqual(['node-ready-unproven']);
    expect(found.findings[0]?.message).toContain('1 h 0 min ago');
    expect(found.findings[0]?.message).toContain('1 pod on them is Ready by hearsay');
  });

  it('is silent where the kubelet is alive', async () => {
    const found = await detected(nodeLeases, some('nodes', 'n1', {}, READY), nodeLease('n1', 5000));
    expect(found).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('finds it also where the backup was young, as soon as a renewal is overdue', async () => {
    const found = await detected(
      nodeLeases,
      some('nodes', 'n1', {}, READY),
      nodeLease('n1', 20_000),
    );
    expect(codesOf(found)).toEqual(['node-ready-unproven']);
  });

  it('blames no kubelet where the API server goes silent while it is watched', async () => {
    let isRead = false;
    const spec = {
      get renewTime() {
        isRead = true;
        return ago(20_000);
      },
    };
    const lease = some('leases', 'n1', { namespace: 'kube-node-lease' }, { spec });
    await using cluster = await opened([
      {
        objects: [some('nodes', 'n1', {}, READY), lease],
        get broken() {
          return isRead ? ['leases'] : [];
        },
      },
    ]);
    await expect(nodeLeases.detect(cluster.patient)).rejects.toThrow();
  });

  it('is silent where only the clock of the node is behind', async () => {
    const lease = renewing('n1', 'kube-node-lease');
    expect(codesOf(await detected(nodeLeases, some('nodes', 'n1', {}, READY), lease))).toEqual([]);
  });

  it('finds nodes that are gone, and says more where they are the most', async () => {
    const ghost = some('nodes', 'ghost', {}, NOT_READY);
    const alone = await detected(nodeLeases, ghost, nodeLease('ghost', HOUR_MS));
    expect(alone.findings).toMatchObject([{ code: 'nodes-not-ready', severity: 'error' }]);
    const others = ['n1', 'n2'].flatMap((name) => [
      some('nodes', name, {}, READY),
      nodeLease(name, 1000),
    ]);
    const one = await detected(nodeLeases, ghost, nodeLease('ghost', HOUR_MS), ...others);
    expect(one.findings).toMatchObject([{ code: 'nodes-not-ready', severity: 'warning' }]);
  });

  it('finds a kubelet whose node the backup does not know', async () => {
    expect(codesOf(await detected(nodeLeases, nodeLease('late', 1000)))).toEqual([
      'node-unregistered',
    ]);
  });
});

describe('leader-leases', () => {
  const stale = (name: string) =>
    some(
      'leases',
      name,
      { namespace: 'kube-system' },
      {
        spec: { holderIdentity: 'cp-1_x', leaseDurationSeconds: 15, renewTime: ago(HOUR_MS) },
      },
    );

  it('finds leases that nobody renews', async () => {
    const found = await detected(
      leaderLeases,
      stale('kube-controller-manager'),
      stale('kube-scheduler'),
    );
    expect(codesOf(found)).toEqual(['leader-lease-stale', 'leader-lease-stale']);
  });

  it('is silent where they are renewed', async () => {
    const found = await detected(
      leaderLeases,
      renewing('kube-controller-manager', 'kube-system'),
      renewing('kube-scheduler', 'kube-system'),
    );
    expect(found).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('does not know of controllers that leave no lease in a cluster with nodes', async () => {
    expect(await detected(leaderLeases, some('nodes', 'n1'))).toMatchObject({ verdict: 'unknown' });
  });
});

describe('service-endpoints', () => {
  const ready = { type: 'Ready', status: 'True' };
  const pod = some(
    'pods',
    'web-1',
    { labels: { app: 'web' } },
    {
      spec: { nodeName: 'n1' },
      status: { phase: 'Running', podIP: '10.1.0.7', conditions: [ready] },
    },
  );
  const service = some(
    'services',
    'web',
    {},
    {
      spec: { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
  );
  const slice = (address: string) =>
    some(
      'endpointSlices',
      'web-x',
      { labels: { 'kubernetes.io/service-name': 'web' } },
      {
        addressType: 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
      },
    );

  it.each([
    { address: '10.1.0.7', codes: [] },
    { address: '10.1.0.9', codes: ['endpoint-ghost', 'endpoint-missing'] },
  ])('finds $codes where the endpoint is $address', async ({ address, codes }) => {
    const found = await detected(
      serviceEndpoints,
      some('nodes', 'n1', {}, READY),
      pod,
      service,
      slice(address),
    );
    expect(codesOf(found)).toEqual(codes);
  });
});

describe('unhandled-work', () => {
  const NODE = some('nodes', 'n1', {}, READY);
  const pod = (spec: object, status: object, ageMs = HOUR_MS) =>
    some('pods', 'p', { creationTimestamp: ago(ageMs) }, { spec, status });
  const SCHEDULED = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(HOUR_MS) }];

  it.each([
    {
      what: 'a Deployment that was changed and not looked at',
      code: 'controller-deaf',
      object: some('deployments', 'web', { generation: 3 }, { status: { observedGeneration: 2 } }),
    },
    { what: 'a pod that nobody has bound', code: 'scheduler-deaf', object: pod({}, {}) },
    {
      what: 'a bound pod that its kubelet has not taken up',
      code: 'kubelet-deaf',
      object: pod({ nodeName: 'n1' }, { conditions: SCHEDULED }),
    },
  ])('finds $what', async ({ code, object }) => {
    expect(codesOf(await detected(unhandledWork, NODE, object))).toEqual([code]);
  });

  it.each([
    {
      what: 'a Deployment that was looked at',
      object: some('deployments', 'web', { generation: 3 }, { status: { observedGeneration: 3 } }),
    },
    {
      what: 'a canary of another detector',
      object: some('replicaSets', 'kubedrill-canary-work-1', { generation: 1 }, { status: {} }),
    },
    { what: 'a young pod', object: pod({}, {}, 5000) },
    { what: 'a pod of another scheduler', object: pod({ schedulerName: 'other' }, {}) },
    {
      what: 'a pod that fits nowhere',
      object: pod({}, { conditions: [{ type: 'PodScheduled', status: 'False' }] }),
    },
    {
      what: 'a running pod',
      object: pod({ nodeName: 'n1' }, { phase: 'Running', startTime: ago(1) }),
    },
  ])('is silent on $what', async ({ object }) => {
    expect(codesOf(await detected(unhandledWork, NODE, object))).toEqual([]);
  });
});
