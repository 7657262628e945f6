import type { CheckView, DrillFacts } from '../../harness/model/check.ts';
import type { ObjectRef } from '../../harness/model/finding.ts';
import type { Foretold } from '../../harness/model/foretold.ts';
import type {
  ApiList,
  Member,
  Observation,
  ObservedObject,
} from '../../harness/model/observation.ts';
import { rightNames } from './names.ts';
import { onNodes } from './on-nodes.ts';

/** 2026-11-20, 12:00 UTC. */
export const NOON_MS = 1_795_176_000_000;
const RECOVERY_STARTED_MS = NOON_MS - 60_000;
const HIGHEST_REVISION_SEEN = 700;
/** Of the restored cluster: far above, as a bump by the clock leaves it. */
const REVISION = 1_795_175_940_650;

export const HOSTS = ['etcd-1', 'etcd-2', 'etcd-3'] as const;
const CLUSTER_ID = 'f00dcafe00000001';

export function memberId(host: string): string {
  return `a1b2c3d4e5f6000${host.slice(-1)}`;
}

export function addressOf(host: string): string {
  return `10.77.0.1${host.slice(-1)}`;
}

export function hardwareOf(host: string): string {
  return `02:00:0a:4d:00:0${host.slice(-1)}`;
}

export function peerUrl(host: string): string {
  return `https://${addressOf(host)}:2380`;
}

function othersOf(host: string): string[] {
  return HOSTS.filter((other) => other !== host);
}

export function ref(
  group: string,
  resource: string,
  namespace: string | null,
  name: string,
): ObjectRef {
  return { group, resource, namespace, name };
}

export const SENTINEL_BEFORE = ref('', 'configmaps', 'shop', 'made-before-backup');
export const SENTINEL_AFTER = ref('', 'configmaps', 'shop', 'made-after-backup');
export const WIDGETS = ['w-1', 'w-2', 'w-3'].map((name) =>
  ref('example.com', 'widgets', 'shop', name),
);

export const BOOTSTRAP_TOKEN = ref('', 'secrets', 'kube-system', 'bootstrap-token-abcdef');

const OBJECTS: readonly ObjectRef[] = [
  ref('', 'namespaces', null, 'shop'),
  ref('', 'configmaps', 'shop', 'prices'),
  ref('', 'configmaps', 'shop', 'banner'),
  ref('', 'secrets', 'shop', 'token'),
  ref('', 'services', 'shop', 'web'),
  ref('apps', 'deployments', 'shop', 'web'),
  ref('apiextensions.k8s.io', 'customresourcedefinitions', null, 'widgets.example.com'),
  ...WIDGETS,
  SENTINEL_BEFORE,
  ref('coordination.k8s.io', 'leases', 'kube-system', 'kube-scheduler'),
  ref('', 'events', 'shop', 'web.17a'),
  ref('(internal)', 'masterleases', null, '10.77.0.11'),
];

/** As etcd and the API server of the healthy cluster both show it. */
export function observed(object: ObjectRef, revision = 100): ObservedObject {
  const place = `${object.group}/${object.resource}/${object.name}`;
  return { ...object, uid: `uid of ${place}`, revision, contentHash: `hash of ${place}` };
}

const ROUTES = ['http://shop.example.org', 'https://shop.example.org'];

export interface HealthyOptions {
  phase?: CheckView['phase'];
  /** false: plain keys and no API server, as with `--kubernetes none`. */
  kubernetes?: boolean;
  controllers?: boolean;
  restores?: boolean;
}

/** Everything as it should be: no check finds anything here. */
export function healthy(options: HealthyOptions = {}): CheckView {
  const {
    phase = 'verify',
    kubernetes = true,
    controllers = kubernetes,
    restores = true,
  } = options;
  const facts: DrillFacts = {
    members: HOSTS.map((host) => ({ host, name: host, peerUrl: peerUrl(host) })),
    apiServers: kubernetes ? [...HOSTS] : [],
    dnsServers: kubernetes ? [...HOSTS] : [],
    ingress: kubernetes ? ROUTES : [],
    nodes: kubernetes ? [...HOSTS] : [],
    controllers,
    follows: kubernetes
      ? ['prediction', 'token', ...(controllers ? ['workload' as const] : [])]
      : [],
    ...(phase === 'baseline' || !kubernetes ? {} : { foretold: foretold() }),
    highestRevisionSeen: phase === 'baseline' ? 0 : HIGHEST_REVISION_SEEN,
    recoveryStartedAtMs: phase === 'baseline' ? null : RECOVERY_STARTED_MS,
    sentinelsBefore: [kubernetes ? SENTINEL_BEFORE : plainKey('made-before-backup')],
    sentinelsAfter: [kubernetes ? SENTINEL_AFTER : plainKey('made-after-backup')],
    restores,
    rto: {
      totalMs: 12_000,
      milestones: { restored: 5_000, 'etcd serving': 6_000, settled: 12_000 },
    },
    outages: [
      { service: 'etcd', startMs: 20, endMs: 6_000 },
      { service: 'api', startMs: 120, endMs: 9_000 },
    ],
    rpo: { ms: 4_000, revisions: 40, objects: 12 },
    budgets: { rtoMs: 30_000, rpoMs: 60_000, rpoRevisions: 100, outagesMs: { api: 10_000 } },
  };
  const before = observations(storedObjects(kubernetes), facts, HIGHEST_REVISION_SEEN);
  if (phase === 'baseline') return { phase, now: before, baseline: undefined, facts };
  const kept = restores ? [] : facts.sentinelsAfter.map((object) => observed(object, 650));
  const now = observations([...storedObjects(kubernetes), ...kept], facts, REVISION);
  return { phase, now, baseline: before, facts };
}

export function plainKey(name: string): ObjectRef {
  return ref('', 'key', null, name);
}

function storedObjects(kubernetes: boolean): ObservedObject[] {
  const plain = ['a/1', 'a/2', 'b/1', 'made-before-backup'].map(plainKey);
  return (kubernetes ? OBJECTS : plain).map((object) => observed(object));
}

function observations(
  stored: ObservedObject[],
  facts: DrillFacts,
  revision: number,
): Observation[] {
  const perMember = HOSTS.flatMap((host) => memberObservations(host, stored, revision));
  const perServer = facts.apiServers.flatMap((host) => serverObservations(host, stored, revision));
  const controllers = facts.controllers ? LEADERS.map(leaderLease) : [];
  const routes = (facts.ingress ?? []).map(route);
  const followed = facts.apiServers.length === 0 ? [] : whatIsFollowed(facts);
  return [
    ...perMember,
    canary(),
    ...perServer,
    ...controllers,
    ...followed,
    ...routes,
    ...onNodes({ hosts: facts.nodes ?? [], atMs: NOON_MS, sinceMs: RECOVERY_STARTED_MS }),
    backup(revision),
  ];
}

/** Of what was done after the backup: one thing made, one deleted, one changed. */
function foretold(): Foretold {
  return {
    lost: [observed(SENTINEL_AFTER, 650)],
    returned: [observed(ref('', 'configmaps', 'shop', 'banner'))],
    reverted: [observed(ref('', 'configmaps', 'shop', 'prices'))],
    runsAgain: [],
    freed: [{ object: ref('', 'services', 'shop', 'late'), address: '10.96.0.77' }],
    untouched: true,
  };
}

/** What only some drills look at. */
function whatIsFollowed({ apiServers, controllers }: DrillFacts): Observation[] {
  const seen = { source: HOSTS[0], atMs: NOON_MS };
  const workload: Observation = {
    kind: 'new-workload',
    ...seen,
    createError: null,
    podAfterMs: 80,
    nodeAfterMs: 120,
    watchedMs: 120,
  };
  const services = [{ object: ref('', 'services', 'shop', 'web'), addresses: ['10.96.0.11'] }];
  return [
    { kind: 'service-addresses', ...seen, services },
    { kind: 'bootstrap-token', ...seen, object: BOOTSTRAP_TOKEN, expiresAtMs: NOON_MS + 1 },
    ...apiServers.map((source): Observation => {
      const client = 'system:serviceaccount:shop:default';
      return { kind: 'client-token', source, atMs: NOON_MS, client, error: null };
    }),
    ...(controllers ? [workload] : []),
  ];
}

function route(source: string): Observation {
  return {
    kind: 'ingress-route',
    source,
    atMs: NOON_MS,
    pod: 'shop-7d9',
    known: true,
    error: null,
  };
}

function backup(revision: number): Observation {
  return {
    kind: 'backup-file',
    source: 'harness',
    atMs: NOON_MS,
    name: 'nightly.db',
    sizeBytes: 600_032,
    verdict: 'trusted',
    revision,
    acknowledgedRevision: revision - 3,
    problem: null,
  };
}

export function memberRows(): Member[] {
  return HOSTS.map((host) => ({
    id: memberId(host),
    name: host,
    peerUrls: [peerUrl(host)],
    clientUrls: [`https://10.77.0.1${host.slice(-1)}:2379`],
    learner: false,
  }));
}

function memberObservations(
  host: string,
  objects: ObservedObject[],
  revision: number,
): Observation[] {
  const seen = { source: host, atMs: NOON_MS };
  return [
    {
      kind: 'member-status',
      ...seen,
      clusterId: CLUSTER_ID,
      memberId: memberId(host),
      leaderId: memberId('etcd-2'),
      raftTerm: 4,
      revision,
      dbSizeBytes: 2_000_000,
      version: '3.6.16',
      learner: false,
      errors: [],
    },
    { kind: 'member-list', ...seen, clusterId: CLUSTER_ID, members: memberRows() },
    {
      kind: 'peer-links',
      ...seen,
      led: true,
      peers: othersOf(host).map((other) => ({
        memberId: memberId(other),
        active: true,
        calls: null,
      })),
    },
    {
      kind: 'address-view',
      ...seen,
      hardware: hardwareOf(host),
      addresses: [addressOf(host)],
      neighbours: othersOf(host).map((other) => ({
        address: addressOf(other),
        hardware: hardwareOf(other),
      })),
    },
    {
      kind: 'revision-hash',
      ...seen,
      atRevision: revision - 2,
      hash: 77,
      // A restore with --mark-compacted compacts up to its first revision.
      compactRevision: revision - 50,
    },
    { kind: 'alarms', ...seen, alarms: [] },
    { kind: 'etcd-objects', ...seen, revision, objects, otherKeys: 1 },
  ];
}

function canary(): Observation {
  const reads = HOSTS.map((member) => ({ member, found: true, error: null }));
  return { kind: 'write-canary', source: 'etcd-1', atMs: NOON_MS, writeError: null, reads };
}

/** The lists are asked for before etcd's revision is, so that etcd cannot be behind them. */
const LISTED_MS = NOON_MS - 200;

function serverObservations(
  host: string,
  stored: ObservedObject[],
  revision: number,
): Observation[] {
  const seen = { source: host, atMs: LISTED_MS };
  const served = stored.filter((object) => object.group !== '(internal)');
  const resources = Map.groupBy(served, ({ group, resource }) => `${group}/${resource}`);
  const lists = [...resources.values()].flatMap((objects) =>
    (['cache', 'consistent'] as const).map(
      (mode): ApiList => ({
        kind: 'api-list',
        ...seen,
        group: objects[0]?.group ?? '',
        version: 'v1',
        resource: objects[0]?.resource ?? '',
        mode,
        resourceVersion: revision,
        objects,
        error: null,
      }),
    ),
  );
  const found = stored.some(({ name }) => name === SENTINEL_AFTER.name);
  const gets = [
    { object: SENTINEL_BEFORE, found: true },
    { object: SENTINEL_AFTER, found },
  ].map((get): Observation => ({ kind: 'api-get', ...seen, ...get, uid: null, error: null }));
  const names = rightNames(host, NOON_MS);
  return [...lists, ...gets, ...created(host), ...followed(host, revision), names];
}

function created(host: string): Observation[] {
  const seen = { source: host, atMs: NOON_MS };
  return [
    {
      kind: 'fresh-object',
      ...seen,
      object: ref('', 'configmaps', 'shop', `fresh-${host}`),
      createError: null,
      listedAfterMs: 40,
      polledMs: 2_000,
    },
    { kind: 'pod-admission', ...seen, namespace: 'shop', error: null, tookMs: 60 },
  ];
}

function followed(host: string, revision: number): Observation[] {
  const seen = { source: host, atMs: NOON_MS };
  return [
    {
      kind: 'watch-client',
      ...seen,
      client: 'configmaps',
      expiredCount: 1,
      lastRevision: revision,
      ghosts: [],
      missing: [],
      staleMs: 0,
    },
    {
      kind: 'custom-resource',
      ...seen,
      name: 'widgets.example.com',
      group: 'example.com',
      resource: 'widgets',
      established: true,
      storedVersions: ['v1'],
      versions: ['v1', 'v1beta1'].map((name) => ({ name, served: true, listed: 3, error: null })),
    },
  ];
}

const LEADERS = ['kube-controller-manager', 'kube-scheduler'];

function leaderLease(name: string): Observation {
  return {
    kind: 'leader-lease',
    source: 'etcd-1',
    atMs: NOON_MS,
    name,
    holder: 'etcd-2_f3a',
    renewedAtMs: NOON_MS - 1_000,
    leaseDurationMs: 15_000,
    renewedWhileWatched: true,
  };
}

/** With a pod webhook and what stands behind it. */
export function withWebhook(
  view: CheckView,
  service: { exists: boolean; endpoints: string[] },
): CheckView {
  const webhook: Observation = {
    kind: 'pod-webhook',
    source: 'etcd-1',
    atMs: NOON_MS,
    name: 'mpod.kb.io',
    configuration: 'mutatingwebhookconfiguration/kruise',
    service: { namespace: 'kruise-system', name: 'kruise-webhook-service', ...service },
  };
  return { ...view, now: [...view.now, webhook] };
}
