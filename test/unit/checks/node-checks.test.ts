import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKS, checkByName, examineAll, mayHeal } from '../../../harness/checks/index.ts';
import type { CheckView } from '../../../harness/model/check.ts';
import type { Observation } from '../../../harness/model/observation.ts';
import { shippedScenarios } from '../../../harness/runner/scenario-file.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { alter, alterOn, silence, withFacts } from '../../planted/defect.ts';
import { healthy } from '../../planted/healthy.ts';
import { deafKubelet } from '../../planted/nodes.ts';

const CONTROL_PLANE = 'drill-control-plane';
const WORKER = 'drill-worker';
const OF_NODES = CHECKS.filter(({ needs }) => needs.includes('nodes'));

/** As the probes saw a real cluster: test/fixtures/kind/README.md. */
function recorded(name: string): CheckView {
  const path = join(packageRoot, 'test/fixtures/kind', `${name}.ndjson`);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const now = lines.map((line) => JSON.parse(line) as Observation);
  return withFacts(
    { ...healthy(), now },
    { apiServers: [CONTROL_PLANE], nodes: [CONTROL_PLANE, WORKER], recoveryStartedAtMs: null },
  );
}

/** When the last of them was made. */
function lookedAtMs({ now }: CheckView): number {
  return Math.max(...now.map(({ atMs }) => atMs));
}

function found(view: CheckView): string[] {
  return OF_NODES.flatMap((check) =>
    check
      .examine(view)
      .findings.map(({ code, where, objects }) =>
        [code, 'on', where, ...objects.map(({ name }) => name)].join(' '),
      ),
  );
}

function verdictOf(check: string, view: CheckView): string | undefined {
  return checkByName(check)?.examine(view).verdict;
}

describe('what was recorded on a real cluster', () => {
  test.each(OF_NODES)('$name passes on a sound one', (check) => {
    const sound = recorded('sound');
    expect(check.examine(sound)).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });

  test('pods of before the recovery count, because they answer', () => {
    const sound = recorded('sound');
    const since = withFacts(sound, { recoveryStartedAtMs: lookedAtMs(sound) - 30_000 });
    expect(found(since)).toEqual([]);
    const mute = alter(since, 'pod-answers', (seen) => ({
      ...seen,
      pods: seen.pods.map((pod) => ({ ...pod, answered: false })),
    }));
    expect(found(mute).join()).toMatch(
      /^pod-silent on drill-control-plane and drill-worker coredns/,
    );
  });

  test('a node counts only from the first renewal on', () => {
    const sound = recorded('sound');
    const later = withFacts(sound, { recoveryStartedAtMs: lookedAtMs(sound) });
    expect(found(later)).toEqual([
      `node-silent on ${CONTROL_PLANE} and ${WORKER} ${CONTROL_PLANE} ${WORKER}`,
    ]);
  });

  test('a kubelet that hangs is told by the processes of its node', () => {
    const hung = recorded('hung-kubelet');
    const all = found(withFacts(hung, { recoveryStartedAtMs: lookedAtMs(hung) - 30_000 }));
    expect(all.map((each) => each.replace(/shop-\w+-\w+/g, 'shop'))).toEqual([
      `phantom-pod on ${WORKER} shop`,
      `pod-without-containers on ${WORKER} restored`,
      `node-silent on ${WORKER} ${WORKER}`,
      `pod-silent on ${WORKER} restored`,
    ]);
  });

  test('a kube-proxy that hangs is told by its rules', () => {
    const all = found(recorded('hung-kube-proxy')).filter((each) => each.includes(WORKER));
    expect(all).toEqual([
      expect.stringMatching(/^service-rule-ghost on .* early$/),
      expect.stringMatching(/^service-rule-missing on .* late$/),
    ]);
  });

  test.each([
    [
      'hung-controller-manager',
      ['endpoint-ghost on the API shop', 'endpoint-missing on the API shop'],
    ],
    [
      'unread-manifest',
      [`static-pod-differs on ${CONTROL_PLANE}`, `static-pod-unintended on ${CONTROL_PLANE}`],
    ],
    ['ghost-node', ['node-ghost on gone gone']],
    [
      'rewound',
      [
        `pod-seen-differently on ${CONTROL_PLANE} kube-proxy-sdqj6`,
        `service-rule-ghost on ${CONTROL_PLANE} ghost`,
      ],
    ],
    [
      'certificates',
      ['certificate-expired', 'certificate-missing', 'kubeadm-unreadable'].map(
        (code) => `${code} on ${CONTROL_PLANE}`,
      ),
    ],
  ])('%s', (name, expected) => {
    expect(found(recorded(name))).toEqual(expected);
  });
});

test('a pod that the drill itself makes and removes meanwhile is no difference', () => {
  const pod = { namespace: 'scratch', name: 'new-pod', uid: 'new', podIp: null, deleting: false };
  const view = alterOn(healthy(), 'kubelet-pods', 'etcd-2', (seen) => ({
    ...seen,
    pods: [...seen.pods, { ...pod, startedAtMs: null }],
  }));
  expect(verdictOf('kubelet-pods', view)).toBe('fail');
  const scratch = { namespaces: ['scratch'], keyPrefixes: [] };
  expect(verdictOf('kubelet-pods', withFacts(view, { scratch }))).toBe('pass');
});

describe('never a pass without a look', () => {
  test('a kubelet that does not answer leaves its pods unknown where processes agree', () => {
    expect(verdictOf('kubelet-pods', deafKubelet(healthy()))).toBe('unknown');
  });

  test('a pod on a node where nobody could ask is no finding, and no pass', () => {
    const view = silence(healthy(), 'pod-answers', 'etcd-2', 'there is no shell on it');
    expect(verdictOf('fresh-evidence', view)).toBe('unknown');
  });

  test('IPVS, which is not read, is unknown', () => {
    const view = silence(healthy(), 'service-rules', 'etcd-3', 'no iptables rules');
    expect(verdictOf('service-rules', view)).toBe('unknown');
  });

  test('a control plane without a manifest is unknown', () => {
    const bare = alterOn(healthy(), 'static-pods', 'etcd-1', (seen) => ({
      ...seen,
      containers: [],
    }));
    expect(verdictOf('static-pods', bare)).toBe('unknown');
  });
});

describe('what is no defect', () => {
  test('a pod that is about to start, or to end', () => {
    const view = alter(healthy(), 'api-pods', (seen) => ({
      ...seen,
      pods: seen.pods.flatMap((pod) => [
        pod,
        { ...pod, name: 'new', uid: 'new', ready: false, podIp: null, phase: 'Pending' },
        { ...pod, name: 'old', uid: 'old', deleting: true },
      ]),
    }));
    expect(found(view)).toEqual([]);
  });

  test('a pod that an ingress route was answered by needs no port of its own', () => {
    const mute = alter(healthy(), 'pod-answers', (seen) => ({
      ...seen,
      pods: seen.pods.map((pod) => ({ ...pod, answered: false })),
    }));
    const served = alter(mute, 'ingress-route', (seen) => ({ ...seen, pod: 'web-1' }));
    expect(found(served).join()).toContain('web-2');
    expect(found(served).join()).not.toContain('web-1');
  });

  test('a Service with another proxy, without an address, or with endpoints by hand', () => {
    const view = alter(healthy(), 'services', (seen) => ({
      ...seen,
      services: [
        ...seen.services,
        {
          namespace: 'shop',
          name: 'mesh',
          clusterIp: null,
          otherAddresses: [],
          ports: [{ protocol: 'TCP', port: 443 }],
          selector: null,
          unreadyToo: false,
          endpoints: ['203.0.113.5'],
        },
      ],
    }));
    expect(found(view)).toEqual([]);
  });

  test('endpoints that are not ready where the Service wants them too', () => {
    const unready = alter(healthy(), 'api-pods', (seen) => ({
      ...seen,
      pods: seen.pods.map((pod) => (pod.name === 'web-1' ? { ...pod, ready: false } : pod)),
    }));
    expect(found(unready)).toContain('endpoint-ghost on the API web web-pods');
    const wanted = alter(unready, 'services', (seen) => ({
      ...seen,
      services: seen.services.map((service) => ({ ...service, unreadyToo: true })),
    }));
    expect(found(wanted)).toEqual([]);
  });
});

test('whatever follows watches may heal within a minute, and is polled for', () => {
  const codes = OF_NODES.flatMap((check) => check.codes.map(({ code }) => code));
  expect(codes.filter((code) => !mayHeal(code))).toEqual([
    'node-ghost',
    'certificate-expired',
    'certificate-missing',
    'authority-differs',
  ]);
  for (const stale of ['stale-cache', 'ghost-object', 'object-hidden', 'dns-ghost-name'])
    expect(mayHeal(stale)).toBe(true);
});

test('a drill without kubelets is told so, and none of them passes', () => {
  const none = examineAll(withFacts(healthy(), { nodes: [] }));
  const skipped = none.filter(({ check }) => OF_NODES.includes(check));
  for (const { examination } of skipped) {
    expect(examination).toMatchObject({
      verdict: 'skipped',
      reason: 'this drill runs no kubelet',
    });
  }
  expect(skipped).toHaveLength(OF_NODES.length);
});

test('kind leaves what may heal a minute at least', async () => {
  const onKind = (await shippedScenarios()).filter(({ scenario }) =>
    scenario.targets.includes('kind'),
  );
  const hasty = onKind.filter(({ scenario }) => scenario.budgets.settleMs < 60_000);
  expect(hasty.map(({ scenario }) => scenario.name)).toEqual([]);
  expect(onKind.length).toBeGreaterThan(3);
});
