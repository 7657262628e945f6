import { describe, expect, it } from 'vitest';
import { coredns } from '../../../../harness/diagnose/detectors/coredns.ts';
import { kubelets } from '../../../../harness/diagnose/detectors/kubelets.ts';
import { baselineOf } from '../../../../harness/objects/baseline.ts';
import { overTcp, overUdp, type Zone } from '../../dns/zone-server.ts';
import { codesOf, opened, type SomeObject, type SomeServer, some } from '../some-cluster.ts';

const READY = { conditions: [{ type: 'Ready', status: 'True' }] };

function pod(name: string, podIP = '10.244.0.7', metadata: Record<string, unknown> = {}) {
  const containers = [{ name: 'c', ports: [] }];
  const spec = { nodeName: 'n1', containers };
  return some('pods', name, metadata, { spec, status: { ...READY, phase: 'Running', podIP } });
}

describe('kubelets', () => {
  async function detected(inApi: SomeObject[], atKubelet: SomeObject[] | undefined) {
    const content: SomeServer = {
      objects: [some('nodes', 'n1', {}, { status: READY }), ...inApi],
      ...(atKubelet && { kubelets: { n1: atKubelet } }),
    };
    await using cluster = await opened([content]);
    return await kubelets.detect(cluster.patient);
  }

  it('finds a pod that runs and is in no API, and one that the API alone has', async () => {
    const found = await detected([pod('web'), pod('restored')], [pod('web'), pod('phantom')]);
    expect(codesOf(found)).toEqual(['phantom-pod', 'pod-without-containers']);
    expect(found.findings.map(({ objects }) => objects[0]?.name)).toEqual(['phantom', 'restored']);
  });

  it('finds a pod whose address is of another life', async () => {
    const found = await detected([pod('web', '10.244.0.7')], [pod('web', '10.244.0.9')]);
    expect(codesOf(found)).toEqual(['pod-seen-differently']);
  });

  it('is silent where both say the same', async () => {
    expect(await detected([pod('web')], [pod('web')])).toMatchObject({
      verdict: 'pass',
      findings: [],
    });
  });

  it('does not know of a kubelet that does not answer', async () => {
    const found = await detected([pod('web')], undefined);
    expect(found).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(found.reason).toContain('the kubelet of n1 does not tell its pods');
  });
});

describe('coredns', () => {
  const service = (name: string, clusterIP: string) =>
    some('services', name, {}, { spec: { clusterIP, ports: [{ port: 80 }] } });
  const KUBERNETES = service('kubernetes', '10.96.0.1');

  /** A CoreDNS that has these names and no others, as a pod. */
  async function server(names: Record<string, string>): Promise<SomeObject> {
    const zone: Zone = (asked) => {
      const found = names[asked.replace('.default.svc.cluster.local', '')];
      if (found === undefined) return { rcode: 3 };
      return { answers: [{ type: 'A', name: asked, data: found, ttl: 5 }] };
    };
    const { address, port } = await overUdp(zone);
    await overTcp(zone, port);
    const ports = [{ name: 'dns', containerPort: port }];
    const spec = { containers: [{ name: 'coredns', ports }] };
    const metadata = { labels: { 'k8s-app': 'kube-dns' } };
    return some('pods', 'coredns-1', metadata, { spec, status: { podIP: address } });
  }

  const before = baselineOf(
    {
      revision: 1,
      entries: [
        {
          ...{ group: '', resource: 'services', namespace: 'default', name: 'gone', uid: 'u' },
          ...{ key: '/k', createRevision: 1, modRevision: 1, leased: false },
          ...{ encoding: 'json', contentHash: 'h', sizeBytes: 1 },
        },
      ],
      otherKeys: 0,
      plainKeys: [],
    },
    { takenAt: '2026-11-20T00:00:00Z', source: 's', sourceSha256: null, etcdPrefix: '/registry' },
  );

  async function detected(names: Record<string, string>, ...services: SomeObject[]) {
    const objects = [KUBERNETES, ...services, await server(names)];
    await using cluster = await opened([{ objects }], { baseline: before });
    return await coredns.detect(cluster.patient);
  }

  it('finds a name that is gone, one that is missing, and one with an old address', async () => {
    const names = { kubernetes: '10.96.0.1', gone: '10.96.0.9', web: '10.96.0.3' };
    const found = await detected(names, service('web', '10.96.0.2'), service('late', '10.96.0.4'));
    expect(codesOf(found).toSorted()).toEqual([
      'dns-ghost-name',
      'dns-name-missing',
      'dns-wrong-address',
    ]);
  });

  it('is silent where every name is as the API has it', async () => {
    const names = { kubernetes: '10.96.0.1', web: '10.96.0.2' };
    const found = await detected(names, service('web', '10.96.0.2'), service('headless', 'None'));
    expect(found).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  it('knows nothing of a cluster whose domain is another one', async () => {
    await expect(detected({}, service('web', '10.96.0.2'))).rejects.toThrow('cluster.local');
  });

  it('does not blame the cluster where no pod can be reached from here', async () => {
    const spec = { containers: [{ name: 'coredns', ports: [{ name: 'dns', containerPort: 1 }] }] };
    const labels = { 'k8s-app': 'kube-dns' };
    const pod = some('pods', 'coredns-1', { labels }, { spec, status: { podIP: '127.0.0.1' } });
    await using cluster = await opened([{ objects: [KUBERNETES, pod] }]);
    await expect(coredns.detect(cluster.patient)).rejects.toThrow('as on a node');
  });
});
