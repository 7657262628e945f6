import { z } from 'zod';
import { ApiServer } from '../kube/api-server.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ClientIdentity } from '../kube/transport.ts';
import { problemOf } from '../probes/probe.ts';
import { hostNameOf } from './kubeconfig.ts';
import type { ApiServerReach } from './patient.ts';
import { NEVER_READ } from './rights.ts';

/** How to reach the API, and which API servers to ask where the user says so. */
export interface ApiAccess {
  server: string;
  identity: ClientIdentity;
  only: readonly string[];
  signal: AbortSignal | undefined;
}

export interface ReachedServers {
  servers: ApiServerReach[];
  /** Why there may be others. */
  unknownServers: string[];
  close(): void;
}

const CALL_TIMEOUT_MS = 5000;

const sliceSchema = z.object({
  addressType: z.string().default('IPv4'),
  endpoints: z.array(z.object({ addresses: z.array(z.string()) })).nullish(),
  ports: z.array(z.object({ port: z.number() })).nullish(),
});

/**
 * Each API server by itself, because each has a cache of its own: those given, or all that the
 * Service `kubernetes` leads to; the kubeconfig's alone where they cannot be known or reached.
 */
export async function reachApiServers(access: ApiAccess): Promise<ReachedServers> {
  const opened: ApiServer[] = [];
  const open = (url: string) => {
    const { identity } = access;
    const host = new URL(url).host;
    const api = new ApiServer({ host, url, credentials: identity, timeoutMs: CALL_TIMEOUT_MS });
    opened.push(api);
    return api;
  };
  const reachAll = (urls: readonly string[]) =>
    Promise.all(urls.map((url) => reach(open(url), access.signal)));
  const close = () => {
    for (const api of opened) api.close();
  };
  if (access.only.length > 0)
    return { servers: await reachAll(access.only), unknownServers: [], close };
  const entrance = open(access.server);
  const { urls, problem } = await endpointsOf(entrance, access.signal);
  const servers = await reachAll(urls);
  if (servers.some(({ up }) => up !== null)) return { servers, unknownServers: [], close };
  const alone = await reach(entrance, access.signal);
  const silent = servers.map(({ host, down }) => `the API server ${host} was not asked: ${down}`);
  const others = problem === null ? silent : [problem];
  return { servers: [alone], unknownServers: alone.up === null ? [] : others, close };
}

async function reach(api: ApiServer, signal: AbortSignal | undefined): Promise<ApiServerReach> {
  const { host, url } = api;
  try {
    const all = await api.discover({ signal });
    const discovered = all.filter(
      ({ group, resource }) => !(group === '' && resource === NEVER_READ),
    );
    return { host, url, up: { api, discovered }, down: null };
  } catch (thrown) {
    return { host, url, up: null, down: problemOf(thrown) };
  }
}

/** Where the Service `kubernetes` leads: kube-apiserver writes its own address there. */
async function endpointsOf(
  entrance: ApiServer,
  signal: AbortSignal | undefined,
): Promise<{ urls: string[]; problem: string | null }> {
  const urls: string[] = [];
  try {
    await entrance.list(RESOURCES.endpointSlices, {
      mode: 'consistent',
      namespace: 'default',
      labelSelector: 'kubernetes.io/service-name=kubernetes',
      signal,
      onItem: (slice) => urls.push(...urlsIn(sliceSchema.parse(slice))),
    });
  } catch (thrown) {
    const problem = `which API servers there are cannot be read: ${problemOf(thrown)}`;
    return { urls: [], problem };
  }
  return { urls: [...new Set(urls)].sort(), problem: null };
}

function urlsIn({ addressType, endpoints, ports }: z.infer<typeof sliceSchema>): string[] {
  const port = ports?.[0]?.port ?? 443;
  return (endpoints ?? [])
    .flatMap(({ addresses }) => addresses)
    .map((address) => `https://${addressType === 'IPv6' ? `[${address}]` : address}:${port}`);
}

/** Of what an API server says of itself: `10.0.0.1` of `https://10.0.0.1:6443`. */
export function addressOf(url: string): { host: string; port: number } {
  const port = Number(new URL(url).port || 443);
  return { host: hostNameOf(url), port };
}
