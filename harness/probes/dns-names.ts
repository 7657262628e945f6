import { z } from 'zod';
import { askDns, type DnsServer, type Transport } from '../dns/ask.ts';
import { EVERYWHERE } from '../dns/names.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { isNotFound } from '../kube/error.ts';
import { pathOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { AskedName, DnsNames, EtcdObjects } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { inParallel } from '../support/parallel.ts';
import { askDnsPods } from './dns-pods.ts';
import { type Expected, NOBODY, noName, questionsAbout } from './dns-questions.ts';
import { type Looking, type Probe, problemOf, seen, unavailable } from './probe.ts';

const TIMEOUT_MS = 1000;
const CONCURRENCY = 8;
const SERVICES_MAX = 60;
/** So many Services are asked for over TCP and by SRV as well. */
const CLOSELY = 3;
const sliceSchema = z.object({
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        conditions: z.object({ ready: z.boolean().default(true) }).default({ ready: true }),
      }),
    )
    .nullish(),
});

/**
 * What each CoreDNS answers about Services that etcd holds, and about some that it does not. Which they
 * are comes from etcd, their addresses from GET, because a list may be as stale as CoreDNS itself.
 */
export const dnsNames: Probe = {
  kind: 'dns-names',
  needs: 'kubernetes',
  second: true,
  look: async (at) => {
    if (at.dnsServers.length === 0) return [];
    const expected = await expectations(at).catch((thrown) => messageOf(thrown));
    if (typeof expected === 'string') {
      return at.dnsServers.map(({ host }) => unavailable(at, 'dns-names', host, expected));
    }
    const [servers, pods] = await Promise.all([
      Promise.all(at.dnsServers.map((server) => askServer(at, server, expected))),
      askDnsPods(at, expected),
    ]);
    return [...servers, ...pods];
  },
};

/** Asks one server everything, and closely about a few. */
export async function askServer(
  at: Pick<Looking, 'clock'>,
  server: DnsServer & { host: string },
  expected: readonly Expected[],
): Promise<DnsNames> {
  const [udp, tcp] = await Promise.all([whyNoAnswer(server, 'udp'), whyNoAnswer(server, 'tcp')]);
  const silent = { udp, tcp };
  const usual = udp === null ? 'udp' : 'tcp';
  const closely = new Set(expected.map(({ service }) => service).slice(0, CLOSELY));
  const questions = expected.flatMap((question) => [
    { question, transport: usual } as const,
    ...(closely.has(question.service) && usual === 'udp' && tcp === null
      ? [{ question, transport: 'tcp' } as const]
      : []),
  ]);
  const asked =
    silent[usual] === null
      ? await inParallel(questions, CONCURRENCY, ({ question, transport }) =>
          askOne(server, question, transport),
        )
      : [];
  return { kind: 'dns-names', silent, asked, ...seen(at, server.host) };
}

async function whyNoAnswer(server: DnsServer, transport: Transport): Promise<string | null> {
  try {
    await askDns(server, { name: EVERYWHERE, type: 'A' }, transport, TIMEOUT_MS);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

async function askOne(
  server: DnsServer,
  { service, expected, name, type }: Expected,
  transport: Transport,
): Promise<AskedName> {
  const { group, resource, namespace, name: of } = service;
  const object = { group, resource, namespace, name: of };
  const nothing = { service: object, name, type, transport, expected, answered: null, error: null };
  try {
    return { ...nothing, answered: await askDns(server, { name, type }, transport, TIMEOUT_MS) };
  } catch (thrown) {
    return { ...nothing, error: messageOf(thrown) };
  }
}

/** @throws Error when neither etcd nor an API server tells what there is. */
async function expectations(at: Looking): Promise<Expected[]> {
  const stored = at.seen.find((each): each is EtcdObjects => each.kind === 'etcd-objects');
  const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
  if (stored === undefined || api === undefined) {
    throw new Error('nobody tells which Services there are');
  }
  const services = stored.objects.filter(isService);
  const held = new Set(services.map(placeOf));
  const gone = at.sentinels.filter((ref) => isService(ref) && !held.has(placeOf(ref)));
  const known = await inParallel(services.slice(0, SERVICES_MAX), CONCURRENCY, (service) =>
    expectedOf(api, stored, service),
  );
  return [...known.flat(), ...[...gone.slice(0, SERVICES_MAX), NOBODY].map(noName)];
}

/** None for a Service that has no addresses of its own, or that was deleted just now. */
async function expectedOf(
  api: ApiServer,
  stored: EtcdObjects,
  service: ObjectRef,
): Promise<Expected[]> {
  const object = await get(api, RESOURCES.services, service);
  if (object === undefined) return [];
  return questionsAbout(service, object, () => readyAddresses(api, stored, service));
}

/** From the EndpointSlices of that name, as their controller names them. */
async function readyAddresses(
  api: ApiServer,
  stored: EtcdObjects,
  service: ObjectRef,
): Promise<string[]> {
  const slices = stored.objects.filter(
    ({ resource, namespace, name }) =>
      resource === 'endpointslices' &&
      namespace === service.namespace &&
      (name === service.name || name.startsWith(`${service.name}-`)),
  );
  const addresses = await inParallel(slices, CONCURRENCY, async (ref) => {
    const { endpoints } = sliceSchema.parse((await get(api, RESOURCES.endpointSlices, ref)) ?? {});
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions.ready);
    return ready.flatMap((endpoint) => endpoint.addresses);
  });
  return [...new Set(addresses.flat())].sort();
}

async function get(
  api: ApiServer,
  resource: (typeof RESOURCES)['services' | 'endpointSlices'],
  { namespace, name }: ObjectRef,
): Promise<unknown> {
  try {
    return await api.get(pathOf(resource, namespace, name));
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw new Error(`${resource.resource} ${namespace}/${name}: ${problemOf(thrown)}`);
  }
}

function isService({ group, resource }: ObjectRef): boolean {
  return group === '' && resource === 'services';
}

function placeOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}
