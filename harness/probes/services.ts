import { z } from 'zod';
import { RESOURCES } from '../kube/resources.ts';
import type { ServiceSeen } from '../model/node-observation.ts';
import { type Probe, seen } from './probe.ts';
import { listAll, throughOne } from './through-one.ts';

/** https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name';
const SERVICE_OF_SLICE = 'kubernetes.io/service-name';

const labels = z.record(z.string(), z.string()).default({});
const serviceSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default(''), labels }),
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().default(''),
    externalIPs: z.array(z.string()).default([]),
    ports: z.array(z.object({ protocol: z.string().default('TCP'), port: z.number() })).default([]),
    selector: z.record(z.string(), z.string()).nullish(),
    publishNotReadyAddresses: z.boolean().default(false),
  }),
  status: z
    .object({
      loadBalancer: z
        .object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) })
        .prefault({}),
    })
    .prefault({}),
});
const sliceSchema = z.object({
  metadata: z.object({ namespace: z.string().default(''), labels }),
  addressType: z.string(),
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        conditions: z.object({ ready: z.boolean().nullish() }).default({}),
      }),
    )
    .nullish(),
});

/** Every Service with the addresses that its EndpointSlices call ready. */
export const services: Probe = {
  kind: 'services',
  needs: 'nodes',
  look: (at) =>
    throughOne(at, 'services', async (api) => {
      const [objects, slices] = await Promise.all([
        listAll(api, RESOURCES.services),
        listAll(api, RESOURCES.endpointSlices),
      ]);
      const endpoints = endpointsOf(slices);
      const all = objects.map((object) => serviceFrom(object, endpoints));
      return [{ kind: 'services', services: all, ...seen(at, api.host) }];
    }),
};

/** By `NAMESPACE/SERVICE`. */
function endpointsOf(slices: readonly unknown[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const slice of slices) {
    const { metadata, addressType, endpoints } = sliceSchema.parse(slice);
    const service = metadata.labels[SERVICE_OF_SLICE];
    if (service === undefined || addressType !== 'IPv4') continue;
    const place = `${metadata.namespace}/${service}`;
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
    const known = all.get(place) ?? [];
    all.set(place, [...known, ...ready.flatMap(({ addresses }) => addresses)]);
  }
  return all;
}

function serviceFrom(object: unknown, endpoints: Map<string, string[]>): ServiceSeen {
  const { metadata, spec, status } = serviceSchema.parse(object);
  const { namespace, name } = metadata;
  const proxied =
    spec.type !== 'ExternalName' &&
    spec.clusterIP.includes('.') &&
    metadata.labels[OTHER_PROXY] === undefined;
  const balanced = status.loadBalancer.ingress.flatMap(({ ip }) => ip ?? []);
  const selector = Object.keys(spec.selector ?? {}).length === 0 ? null : (spec.selector ?? null);
  return {
    namespace,
    name,
    clusterIp: proxied ? spec.clusterIP : null,
    otherAddresses: [...spec.externalIPs, ...balanced],
    ports: spec.ports,
    selector: spec.type === 'ExternalName' ? null : selector,
    unreadyToo: spec.publishNotReadyAddresses,
    endpoints: [...new Set(endpoints.get(`${namespace}/${name}`))].sort(),
  };
}
