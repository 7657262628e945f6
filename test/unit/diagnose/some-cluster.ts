import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reachApiServers } from '../../../harness/diagnose/api-servers.ts';
import { Patient, type PatientParts } from '../../../harness/diagnose/patient.ts';
import type { EtcdClient } from '../../../harness/etcd/client.ts';
import type { ApiResource, KubeObject } from '../../../harness/kube/resource.ts';
import { RESOURCES } from '../../../harness/kube/resources.ts';
import { type SomeEnding, type SomeExec, serveExec } from '../kube/exec-server.ts';
import { FakeClock } from '../support/fake-clock.ts';

const OTHERS = {
  apiServices: other('apiregistration.k8s.io', 'apiservices', 'APIService', false),
  mutating: other('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'M', false),
  validating: other('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'V', false),
  jobs: other('batch', 'jobs', 'Job', true),
  ipAddresses: other('networking.k8s.io', 'ipaddresses', 'IPAddress', false),
};
const SERVED = { ...RESOURCES, ...OTHERS };
type Served = keyof typeof SERVED;

function other(group: string, resource: string, kind: string, namespaced: boolean): ApiResource {
  return { group, version: 'v1', resource, kind, namespaced };
}

export interface SomeObject {
  of: Served;
  object: KubeObject;
}

/** The time of the cluster and of the machine that looks at it. */
export const NOW_MS = Date.UTC(2026, 10, 20);

/** @param ageMs since it was written, as the API writes times. */
export function ago(ageMs: number): string {
  return new Date(NOW_MS - ageMs).toISOString();
}

/** An object of a day ago, of revision 10. */
export function some(
  of: Served,
  name: string,
  metadata: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
): SomeObject {
  const { kind, group, version, namespaced } = SERVED[of];
  return {
    of,
    object: {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata: {
        name,
        ...(namespaced && { namespace: 'default' }),
        uid: `uid-of-${name}`,
        resourceVersion: '10',
        creationTimestamp: ago(86_400_000),
        ...metadata,
      },
      ...rest,
    },
  };
}

/** One API server, as it answers. */
export interface SomeServer {
  objects: SomeObject[];
  /** What its cache shows instead. */
  cached?: SomeObject[];
  /** Plurals that may not be listed. */
  forbidden?: string[];
  /** Plurals whose cache is not filled yet. */
  starting?: string[];
  /** Plurals whose list breaks. */
  broken?: string[];
  /** What a dry run of a pod is answered, by Namespace; admitted where it is not said. */
  refuses?: (namespace: string) => { code: number; message: string } | undefined;
  /** Plurals of which nothing may be deleted. */
  keeps?: string[];
  keys?: string[];
  /** Its own checks that fail, with what each says. */
  unready?: Record<string, string>;
  /** What a TokenReview is answered; there is no right to make one where it is not said. */
  review?: { authenticated?: boolean; error?: string };
  /** The pods that each kubelet tells through it, by node; one that is not here does not answer. */
  kubelets?: Record<string, SomeObject[]>;
  /** Called for every list, and every GET by name. */
  onRead?: (url: string) => void;
  /** What comes of a program in a container; there is no right to run one where it is not said. */
  exec?: (exec: SomeExec) => SomeEnding;
  /** Called for every request that is not a GET. */
  onWrite?: (method: string, url: string) => void;
}

export interface Opened extends AsyncDisposable {
  patient: Patient;
  urls: string[];
}

/** A cluster that answers over HTTP, and a patient made of it as the command makes it. */
export async function opened(
  servers: readonly SomeServer[],
  parts: Partial<PatientParts> = {},
): Promise<Opened> {
  const listening = await Promise.all(servers.map(serve));
  const urls = listening.map(({ url }) => url);
  const [server = ''] = urls;
  const access = { server, identity: {}, only: urls, signal: undefined };
  const reached = await reachApiServers(access);
  const clock = new FakeClock();
  const { servers: reaches, unknownServers } = reached;
  const nothing = { members: [], identity: {}, baseline: undefined, clock, signal: undefined };
  return {
    patient: new Patient({ ...nothing, servers: reaches, unknownServers, ...parts }),
    urls,
    async [Symbol.asyncDispose]() {
      reached.close();
      for (const { close } of listening) close();
    },
  };
}

export async function serve(content: SomeServer): Promise<{ url: string; close(): void }> {
  const server = createServer((request, answer) => {
    answer.setHeader('date', new Date(NOW_MS).toUTCString());
    respond(content, request, answer);
  }).listen(0, '127.0.0.1');
  const refused = { code: 403, message: 'cannot get resource "pods/exec"' };
  serveExec(server, content.exec ?? (() => ({ refused })));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function respond(
  content: SomeServer,
  { method, url = '', headers }: IncomingMessage,
  to: ServerResponse,
) {
  const send = (code: number, body: unknown) => to.writeHead(code).end(JSON.stringify(body));
  const status = (code: number, reason: string, message = reason) =>
    send(code, { kind: 'Status', reason, message });
  const { pathname, searchParams } = new URL(url, 'http://api');
  if (pathname === '/version') return send(200, {});
  if (pathname === '/api' || pathname === '/apis') return send(200, discovery(pathname));
  if (pathname === '/openid/v1/jwks' && headers.accept !== 'application/jwk-set+json')
    return status(406, 'NotAcceptable');
  if (pathname === '/openid/v1/jwks')
    return send(200, { keys: (content.keys ?? []).map((kid) => ({ kid })) });
  if (method === 'POST' && pathname === '/apis/authentication.k8s.io/v1/tokenreviews')
    return content.review
      ? send(201, { status: content.review })
      : status(403, 'Forbidden', 'cannot create resource "tokenreviews"');
  const [, node] = /^\/api\/v1\/nodes\/([^/]+)\/proxy\/pods$/.exec(pathname) ?? [];
  if (node !== undefined) {
    const pods = content.kubelets?.[node];
    if (pods === undefined) return status(503, 'ServiceUnavailable', 'connection refused');
    return send(200, { kind: 'PodList', items: pods.map(({ object }) => object) });
  }
  if (pathname.startsWith('/readyz')) return ready(content.unready ?? {}, pathname, to);
  const at = locate(pathname);
  if (at === undefined) return status(404, 'NotFound');
  if (method !== 'GET') {
    content.onWrite?.(method ?? '', url);
    if (method === 'DELETE' && content.keeps?.includes(SERVED[at.of].resource))
      return status(403, 'Forbidden', 'cannot delete');
    const refusal = content.refuses?.(at.namespace ?? '');
    if (refusal) return status(refusal.code, 'Refused', refusal.message);
    return send(201, { metadata: { name: 'made' } });
  }
  content.onRead?.(url);
  const { resource } = SERVED[at.of];
  if (content.forbidden?.includes(resource))
    return status(403, 'Forbidden', `cannot list ${resource}`);
  if (content.starting?.includes(resource))
    return status(429, 'TooManyRequests', 'storage is (re)initializing');
  if (content.broken?.includes(resource)) return status(500, 'InternalError', 'unable to decode');
  const fromCache = searchParams.get('resourceVersion') === '0' && at.name === undefined;
  const held = (fromCache ? (content.cached ?? content.objects) : content.objects)
    .filter((each) => each.of === at.of)
    .map(({ object }) => object)
    .filter(({ metadata }) => at.namespace === undefined || metadata.namespace === at.namespace);
  if (at.name === undefined)
    return send(200, {
      metadata: { resourceVersion: revisionOf(content, fromCache) },
      items: held,
    });
  const found = held.find(({ metadata }) => metadata.name === at.name);
  return found ? send(200, found) : status(404, 'NotFound', `"${at.name}" not found`);
}

/** As kube-apiserver writes it: reasons are told by each check alone. */
function ready(unready: Record<string, string>, path: string, to: ServerResponse) {
  const [, name] = /^\/readyz\/(.+)$/.exec(path) ?? [];
  if (name !== undefined) {
    const reason = unready[name];
    if (reason === undefined) return to.writeHead(200).end('ok');
    return to.writeHead(500).end(`internal server error: ${reason}\n`);
  }
  const failed = Object.keys(unready).map((each) => `[-]${each} failed: reason withheld`);
  if (failed.length === 0) return to.writeHead(200).end('ok');
  const well = Array.from({ length: 60 }, (_, index) => `[+]poststarthook/some-${index} ok`);
  return to.writeHead(500).end([...well, ...failed, 'readyz check failed', ''].join('\n'));
}

function revisionOf({ objects, cached }: SomeServer, fromCache: boolean): string {
  const shown = fromCache ? (cached ?? objects) : objects;
  const revisions = shown.map(({ object }) => Number(object.metadata.resourceVersion));
  return String(Math.max(10, ...revisions));
}

function locate(path: string): { of: Served; namespace?: string; name?: string } | undefined {
  for (const [of, { group, version, resource }] of Object.entries(SERVED)) {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const fits = new RegExp(`^${root}(?:/namespaces/([^/]+))?/${resource}(?:/([^/]+))?$`).exec(
      path,
    );
    if (fits === null) continue;
    const [, namespace, name] = fits;
    return { of: of as Served, ...(namespace && { namespace }), ...(name && { name }) };
  }
  return undefined;
}

function discovery(path: string): object {
  const resources = Object.values(SERVED).filter(
    ({ group }) => (path === '/api') === (group === ''),
  );
  const groups = Map.groupBy(resources, ({ group }) => group);
  const items = [...groups].map(([name, same]) => ({
    metadata: { name },
    versions: [
      {
        version: 'v1',
        resources: same.map(({ resource, kind, namespaced }) => ({
          resource,
          responseKind: { kind },
          scope: namespaced ? 'Namespaced' : 'Cluster',
          verbs: ['list'],
        })),
      },
    ],
  }));
  return { items };
}

/** One etcd member, as it answers. */
export interface SomeMember {
  id: string;
  name: string;
  clusterId?: string;
  leaderId?: string;
  revision?: number;
  hash?: number;
  /** Names and IDs; itself alone where it is not said. */
  list?: { id: string; name: string }[];
  alarms?: { memberId: string; alarm: 'nospace' | 'corrupt' }[];
}

export function someMembers(members: readonly SomeMember[]): PatientParts['members'] {
  return members.map((member, index) => {
    const { id, clusterId = 'c1', leaderId = 'm1', revision = 10, hash = 7 } = member;
    const list = member.list ?? members.map((each) => ({ id: each.id, name: each.name }));
    const row = (each: { id: string; name: string }) => ({
      ...each,
      peerUrls: [`http://${each.name}:2380`],
      clientUrls: [],
      learner: false,
    });
    const etcd = {
      status: async () => ({
        clusterId,
        memberId: id,
        leaderId,
        revision,
        raftTerm: 2,
        dbSizeBytes: 1,
        version: '3.6.0',
        learner: false,
        errors: [],
      }),
      memberList: async () => ({ clusterId, members: list.map(row) }),
      alarms: async () => member.alarms ?? [],
      hashKv: async () => ({ hash, compactRevision: 1 }),
      pages: async function* () {
        yield { kvs: [], more: false, count: 0, revision };
      },
    };
    const up = { etcd: etcd as unknown as EtcdClient };
    const host = `10.0.0.${index + 1}:2379`;
    return { host, url: `http://${host}`, up, down: null };
  });
}

export function codesOf({ findings }: { findings: readonly { code: string }[] }): string[] {
  return findings.map(({ code }) => code);
}
