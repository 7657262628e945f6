import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../../harness/exec/run.ts';
import { type ApiResource, type KubeObject, pathOf } from '../../../harness/kube/resource.ts';
import { apiVersionOf, RESOURCES } from '../../../harness/kube/resources.ts';
import { done, until } from '../../../harness/support/until.ts';
import { type Connections, connect } from '../../../harness/targets/connections.ts';
import { type Diagnosed, diagnoseIn, type Pause, pausesOf, podTokenOf } from '../pauses.ts';
import { requireTarget } from '../required.ts';
import { type Day, inTurn, skipUnlessItIs } from '../turns.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import { ENTRY, workplace } from './kubedrill.ts';

const TIMEOUT_MS = 120_000;
const BOOTSTRAP = 'bootstrap.kubernetes.io/token';
const LONG_AGO = '2025-01-01T00:00:00.000000Z';
const OF_CLUSTER = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  namespaced: false,
} as const;

async function kubedrill(...args: string[]) {
  return run(process.execPath, [ENTRY, ...args], { timeoutMs: TIMEOUT_MS });
}

async function diagnose(...args: string[]): Promise<Diagnosed> {
  const { exitCode, stdout, stderr } = await kubedrill('diagnose', ...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return { exitCode, ...JSON.parse(stdout) };
}

describe('kubedrill diagnose on a restored cluster', { timeout: TIMEOUT_MS }, () => {
  let cluster: BareCluster;
  let connections: Connections;
  let snapshot = '';

  beforeAll(async () => {
    cluster = await startBareCluster({ members: 1, apiServers: 1 });
    connections = connect(cluster, 10_000);
    // What kube-controller-manager would make.
    for (const namespace of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
      await until(
        `${namespace} has its ServiceAccount`,
        async () => done(await make(RESOURCES.serviceAccounts, 'default', { namespace })),
        { timeoutMs: 20_000 },
      );
    snapshot = at('snapshot.db');
  }, 90_000);

  afterAll(async () => {
    connections?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const at = (name: string) => join(cluster.directory, name);
  const url = () => cluster.apiServers[0]?.url ?? '';
  const etcd = () => ['--etcd', cluster.members[0]?.clientUrl ?? ''];

  function api() {
    const [server] = connections.apiServers;
    if (server === undefined) throw new Error('no API server');
    return server;
  }

  function make(
    resource: ApiResource,
    name: string,
    metadata: { namespace?: string; [member: string]: unknown } = {},
    rest: Record<string, unknown> = {},
  ): Promise<KubeObject> {
    const { kind } = resource;
    const object = { apiVersion: apiVersionOf(resource), kind, metadata: { name, ...metadata } };
    return api().create(resource, { ...object, ...rest });
  }

  async function kubeconfig(name: string, user: object, server = url()): Promise<string> {
    const ca = cluster.kubeCredentials?.ca;
    const config = {
      clusters: [{ name, cluster: { server, 'certificate-authority': ca } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    await writeFile(at(name), JSON.stringify(config));
    return at(name);
  }

  function admin(server?: string): Promise<string> {
    const { cert, key } = cluster.kubeCredentials ?? {};
    return kubeconfig('admin.conf', { 'client-certificate': cert, 'client-key': key }, server);
  }

  test('is silent on a sound one, with every proof that it knows, and leaves nothing behind', async () => {
    await makeBootstrapToken('valid', '2999-01-01T00:00:00Z');
    const asked = [...etcd(), '--canary', '--bootstrap-tokens'];
    const found = await diagnose('--kubeconfig', await admin(), ...asked);
    expect(found).toMatchObject({ exitCode: 0, verdict: 'healthy', findings: [] });
    expect(found.detectors.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
    const left: string[] = [];
    for (const resource of [RESOURCES.configMaps, RESOURCES.services])
      await api().list(resource, {
        mode: 'consistent',
        namespace: 'default',
        onItem: ({ metadata }) => void left.push(metadata.name),
      });
    expect(left.filter((name) => name.startsWith('kubedrill'))).toEqual([]);
    await connections.members[0]?.etcd.snapshot(snapshot);
  });

  test('knows nothing without rights, and needs no other than those that it prints', async () => {
    await make(RESOURCES.serviceAccounts, 'looker', { namespace: 'default' });
    const path = `${pathOf(RESOURCES.serviceAccounts, 'default', 'looker')}/token`;
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { status } = (await api().json('POST', path, { body: asked })) as {
      status: { token: string };
    };
    const file = await kubeconfig('looker.conf', { token: status.token });
    const blind = await diagnose('--kubeconfig', file);
    expect(blind).toMatchObject({ exitCode: 4, verdict: 'unknown', findings: [] });
    expect(blind.detectors.find(({ name }) => name === 'owners')?.reason).toContain('HTTP 403');
    const proofs = ['--canary', '--bootstrap-tokens'];
    const { stdout } = await kubedrill('diagnose', '--print-rbac', ...proofs);
    const [role, ...narrow] = parseAllDocuments(stdout).map((each) => each.toJS() as KubeObject);
    const subjects = [{ kind: 'ServiceAccount', name: 'looker', namespace: 'default' }];
    if (role === undefined) throw new Error('no role is printed');
    await api().create({ ...OF_CLUSTER, resource: 'clusterroles', kind: 'ClusterRole' }, role);
    const roleRef = { apiGroup: OF_CLUSTER.group };
    await make(
      { ...OF_CLUSTER, resource: 'clusterrolebindings', kind: 'ClusterRoleBinding' },
      'looker',
      {},
      {
        subjects,
        roleRef: { ...roleRef, kind: 'ClusterRole', name: role.metadata.name },
      },
    );
    for (const each of narrow) {
      const { name, namespace = '' } = each.metadata;
      await api().create(RESOURCES.roles, each);
      const bound = { subjects, roleRef: { ...roleRef, kind: 'Role', name } };
      await make(RESOURCES.roleBindings, 'looker', { namespace }, bound);
    }
    const seeing = await diagnose('--kubeconfig', file, ...proofs);
    expect(seeing).toMatchObject({ exitCode: 0, verdict: 'healthy' });
  });

  test('finds what a restore has brought back, and lists the cures in their order', async () => {
    await plantIncidents();
    const { stdout } = await kubedrill('baseline', 'live', '--endpoint', etcd()[1] ?? '');
    await writeFile(at('baseline.json'), stdout);
    const file = await admin();
    const { exitCode, findings } = await diagnose('--kubeconfig', file, '--bootstrap-tokens');
    expect(exitCode).toBe(1);
    expect(findings.map(({ stage, code }) => `${stage}: ${code}`)).toEqual([
      'admission: pod-webhook-service-missing',
      'ownership: owner-missing',
      'controllers: leader-lease-stale',
      'controllers: leader-lease-stale',
      'nodes: node-ready-unproven',
      'nodes: bootstrap-token-expired',
      'network: cluster-ip-duplicate',
    ]);
    expect(findings[0]?.cure).toContain('kubectl delete validatingwebhookconfiguration/planted');
  });

  test('finds the cache of a world that etcd has left, with etcd and without', async () => {
    const host = cluster.members[0]?.host ?? '';
    // Watching a kubelet that is silent takes a while, and was seen above.
    await api().delete(RESOURCES.nodes, null, 'silent');
    // Far enough ahead that what the API server itself writes meanwhile does not catch up.
    for (let write = 0; write < 200; write += 1)
      await connections.members[0]?.etcd.put('/another-prefix/key', String(write));
    await make(RESOURCES.configMaps, 'late', { namespace: 'default' });
    await cluster.stop('etcd', host);
    await cluster.restore(host, snapshot);
    await cluster.start('etcd', host);
    const file = await admin();
    const codesOf = async (...args: string[]) => {
      const { findings } = await diagnose('--kubeconfig', file, ...args);
      return findings.map(({ code }) => code);
    };
    expect(await codesOf()).toContain('ghost-object');
    const codes = await codesOf(...etcd(), '--baseline', at('baseline.json'));
    expect(codes.slice(0, 2)).toEqual(['revision-rewound', 'stale-cache']);
    expect(codes).toContain('ghost-object');
  });

  test('does not take a cluster that does not answer for a sound one', async () => {
    const found = await diagnose('--kubeconfig', await admin('https://127.0.0.1:1'));
    expect(found).toMatchObject({ exitCode: 4, verdict: 'unknown', findings: [] });
    const reasons = found.detectors.flatMap(({ verdict, reason }) =>
      verdict === 'unknown' ? [reason] : [],
    );
    expect(reasons.every((reason) => reason?.includes('ECONNREFUSED'))).toBe(true);
  });

  /** Beside a Secret that is none, and that nobody asks for. */
  async function makeBootstrapToken(name: string, expiration: string): Promise<void> {
    const { secrets } = RESOURCES;
    const namespace = 'kube-system';
    const stringData = { expiration };
    await make(secrets, name, { namespace }, { type: BOOTSTRAP, stringData });
    await make(secrets, `like-${name}`, { namespace }, { type: 'Opaque', stringData });
    const listed: string[] = [];
    await api().list(RESOURCES.secrets, {
      mode: 'consistent',
      fieldSelector: `type=${BOOTSTRAP}`,
      onItem: ({ metadata }) => void listed.push(metadata.name),
    });
    expect(listed).toContain(name);
    expect(listed).not.toContain(`like-${name}`);
  }

  async function plantIncidents(): Promise<void> {
    await makeBootstrapToken('expired', LONG_AGO);
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    const node = await make(RESOURCES.nodes, 'silent');
    await api().update(RESOURCES.nodes, { ...node, status: ready }, { subresource: 'status' });
    const holder = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: LONG_AGO };
    await make(RESOURCES.leases, 'silent', { namespace: 'kube-node-lease' }, { spec: holder });
    for (const name of ['kube-controller-manager', 'kube-scheduler'])
      await make(RESOURCES.leases, name, { namespace: 'kube-system' }, { spec: holder });
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone', uid: 'gone' };
    await make(RESOURCES.configMaps, 'orphan', { namespace: 'default', ownerReferences: [owner] });
    const service = await make(
      RESOURCES.services,
      'first',
      { namespace: 'default' },
      {
        spec: { ports: [{ port: 80 }] },
      },
    );
    const copy = { ...service, metadata: { ...service.metadata, name: 'second', uid: 'second' } };
    const key = '/registry/services/specs/default/second';
    await connections.members[0]?.etcd.put(key, JSON.stringify(copy));
    const kind = 'ValidatingWebhookConfiguration';
    const resource = 'validatingwebhookconfigurations';
    const group = 'admissionregistration.k8s.io';
    const rule = {
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['pods'],
    };
    await make(
      { group, version: 'v1', resource, kind, namespaced: false },
      'planted',
      {},
      {
        webhooks: [
          {
            name: 'planted.kubedrill.dev',
            clientConfig: { service: { namespace: 'default', name: 'nobody' } },
            rules: [rule],
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
          },
        ],
      },
    );
  }
});

interface Look {
  code: string;
  /** The name of an object that is shown with it; of a baseline's findings each drill has some. */
  object?: string;
  /** After which recovery it is asked; the first where it is not said. */
  round?: number;
  /** Where nothing but an object made now tells. */
  canary?: true;
}

interface Paused extends Look {
  scenario: string;
  /** The same cluster further on, where something else tells. */
  later?: Look & { round: number };
  /** After which recovery it is found no more: the healthy twin of all that was found. */
  curedIn?: number;
}

/** What is found by the command that a drill prints when it pauses after a recovery. */
const PAUSED: readonly Paused[] = [
  { scenario: 'openkruise-webhook/no-endpoints', code: 'pod-webhook-refuses' },
];
const PAUSED_IN_TURN: readonly Paused[] = [
  { scenario: 'stalled-watches/kube-apiserver', code: 'ghost-object' },
  // Only who knows what was there before can tell that it came back.
  {
    scenario: 'resurrected-and-lost/revoked-grant',
    code: 'baseline-resurrected',
    object: 'contractor',
  },
  { scenario: 'openkruise-webhook/ca-mismatch', code: 'pod-webhook-ca-mismatch' },
  { scenario: 'openkruise-webhook/dead-endpoints', code: 'pod-webhook-silent' },
  { scenario: 'openkruise-webhook/stranger-on-old-ip', code: 'pod-webhook-stranger' },
  { scenario: 'openkruise-webhook/service-gone', code: 'pod-webhook-service-missing', round: 3 },
  { scenario: 'openkruise-webhook/as-told', code: 'pod-webhook-service-missing', round: 3 },
  { scenario: 'openkruise-webhook/self-blocking', code: 'pod-webhook-no-endpoints', round: 2 },
  { scenario: 'openkruise-webhook/resurrected-after-uninstall', code: 'pod-webhook-refuses' },
  { scenario: 'token-and-key-mismatch/other-service-account-key', code: 'token-refused' },
  { scenario: 'token-and-key-mismatch/lost-encryption-configuration', code: 'decryption-failed' },
  { scenario: 'stalled-watches/kube-controller-manager', code: 'controller-deaf', canary: true },
  { scenario: 'stalled-watches/kube-scheduler', code: 'scheduler-deaf', canary: true },
  { scenario: 'stalled-watches/ghost-namespace', code: 'namespace-missing', round: 2 },
  { scenario: 'resurrected-and-lost/two-services-one-ip', code: 'cluster-ip-duplicate', round: 2 },
  { scenario: 'resurrected-and-lost/lost-service-ip', code: 'service-address-taken', round: 2 },
  {
    scenario: 'resurrected-and-lost/jobs-run-again',
    code: 'baseline-resurrected',
    object: 'migrate',
  },
  { scenario: 'resurrected-and-lost/cronjob-catches-up', code: 'scheduled-run-repeated', round: 2 },
  { scenario: 'resurrected-and-lost/unknown-owners', code: 'baseline-lost', object: 'checkout' },
  { scenario: 'resurrected-and-lost/volume-reclaimed', code: 'baseline-lost', object: 'orders' },
  {
    scenario: 'token-and-key-mismatch/expired-bootstrap-token',
    code: 'bootstrap-token-expired',
    object: 'bootstrap-token-abcdef',
    curedIn: 3,
  },
  {
    scenario: 'stalled-watches/counter-catches-up',
    code: 'controller-deaf',
    canary: true,
    // The canary is heard again: nothing but what was missed is left to see.
    later: { code: 'controller-deaf', object: 'missed', round: 3 },
    curedIn: 4,
  },
];

/** A runbook that waits in vain for /readyz takes its time. */
const PAUSES_WITHIN_MS = 2 * TIMEOUT_MS;

describe('kubedrill diagnose in a paused drill', async () => {
  await requireTarget('process');

  const paused: (Paused & { day?: Day })[] = [
    ...PAUSED,
    ...inTurn(PAUSED_IN_TURN, 'Tuesday').map(([each, day]) => ({ ...each, day })),
  ];
  for (const { scenario, day, later, curedIn, ...first } of paused) {
    const { code } = first;
    const looks: Look[] = later === undefined ? [first] : [first, later];
    const timeout = (2 + looks.length + (curedIn === undefined ? 0 : 1)) * TIMEOUT_MS;
    // Not by test.for, which cuts long names short: they could not be asked for one by one.
    test(`finds ${code} of ${scenario}`, { timeout }, async (context) => {
      if (day !== undefined) skipUnlessItIs(day, context);
      await using place = await workplace();
      const out = join(place.directory, 'run');
      const child = place.start(['run', scenario, '--out', out, '--pause-after', 'recover']);
      const ended = once(child, 'close');
      const advance = pausesOf(out, PAUSES_WITHIN_MS);
      let podToken = '';
      try {
        for (const look of looks) podToken = await finds(look, await advance(look.round ?? 1));
        if (curedIn !== undefined) {
          const canary = looks.some((look) => look.canary);
          const cured = await diagnoseIn(await advance(curedIn), { canary, timeoutMs: TIMEOUT_MS });
          expect(cured.findings.map((each) => each.code)).not.toContain(code);
          expect(cured.detectors.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
        }
      } finally {
        child.kill('SIGTERM');
        await ended;
      }
      expect(existsSync(podToken)).toBe(false);
    });
  }
});

/** @returns the file of the pod's token. */
async function finds({ code, object, canary }: Look, pause: Pause): Promise<string> {
  const podToken = podTokenOf(pause);
  expect((await stat(podToken)).mode & 0o777).toBe(0o600);
  const { exitCode, findings } = await diagnoseIn(pause, {
    canary: canary === true,
    timeoutMs: TIMEOUT_MS,
  });
  expect(exitCode).toBe(1);
  const same = findings.filter((each) => each.code === code);
  expect(findings.map((each) => each.code)).toContain(code);
  const shown = same.flatMap(({ objects }) => objects.map(({ name }) => name));
  if (object !== undefined) expect(shown).toContain(object);
  return podToken;
}
