import type { Check } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { ServiceRules, ServiceSeen } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { listed, listedFirst } from './wording.ts';

/** A Service at one port: `NAMESPACE/NAME at ADDRESS PROTOCOL/PORT` tells it. */
interface Place {
  namespace: string;
  name: string;
  address: string;
  protocol: string;
  port: number;
}

/** kube-proxy writes rules from its own watches; one that was told nothing of a restore keeps the old ones. */
export const serviceRules: Check = {
  name: 'service-rules',
  title: 'kube-proxy serves the cluster IPs of the Services in the API on each node, and no others',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'nodes'],
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'service-rule-ghost', heals: true },
    { code: 'service-rule-missing', heals: true },
  ],
  examine({ now, facts }) {
    const [listedNow] = allOf(now, 'services');
    const nodes = allOf(now, 'service-rules');
    const blind = [
      ...blindSpots(now, 'services', []),
      ...blindSpots(now, 'service-rules', facts.nodes ?? []),
    ];
    if (listedNow === undefined || nodes.length === 0) {
      return unknown(...blind, 'nobody looked at Services and rules');
    }
    const wanted = listedNow.services.flatMap(placesOf);
    const allowed = [...wanted, ...listedNow.services.flatMap(otherPlacesOf)];
    const perNode = nodes.map(({ source, rules }) => ({ source, rules }));
    return examined(
      [
        ...found(perNode, 'service-rule-ghost', (rules) => without(rules, allowed)),
        ...found(perNode, 'service-rule-missing', (rules) => without(wanted, rules)),
      ],
      blind,
    );
  },
};

function placesOf({ namespace, name, clusterIp, ports }: ServiceSeen): Place[] {
  if (clusterIp === null) return [];
  return ports.map((each) => ({ namespace, name, address: clusterIp, ...each }));
}

function otherPlacesOf(service: ServiceSeen): Place[] {
  return service.otherAddresses.flatMap((clusterIp) => placesOf({ ...service, clusterIp }));
}

function without(places: readonly Place[], others: readonly Place[]): Place[] {
  const known = new Set(others.map(told));
  return places.filter((place) => !known.has(told(place)));
}

function told({ namespace, name, address, protocol, port }: Place): string {
  return `${namespace}/${name} at ${address} ${protocol}/${port}`;
}

const MESSAGES = {
  'service-rule-ghost': (count: string, hosts: string) =>
    `kube-proxy on ${hosts} has rules for ${count} that no Service has`,
  'service-rule-missing': (count: string, hosts: string) =>
    `kube-proxy on ${hosts} has no rules for ${count} of Services`,
};

/** One finding for all nodes that are wrong alike. */
function found(
  nodes: readonly Pick<ServiceRules, 'source' | 'rules'>[],
  code: keyof typeof MESSAGES,
  wrongOf: (rules: readonly Place[]) => Place[],
): Finding[] {
  const wrong = nodes
    .map(({ source, rules }) => ({ source, places: wrongOf(rules) }))
    .filter(({ places }) => places.length > 0);
  const alike = Map.groupBy(wrong, ({ places }) => places.map(told).sort().join());
  return [...alike.values()].map((same) => {
    const places = same[0]?.places ?? [];
    const hosts = listed(same.map(({ source }) => source));
    return finding({
      code,
      severity: 'error',
      message: `${MESSAGES[code](countedPlaces(places.length), hosts)}: ${listedFirst(places.map(told).sort())}.`,
      where: hosts,
      objects: servicesOf(places),
      cure:
        `Restart kube-proxy on ${hosts}, after the API servers` +
        ' (`kubectl --namespace kube-system rollout restart daemonset kube-proxy`).',
    });
  });
}

function servicesOf(places: readonly Place[]): ObjectRef[] {
  const refs = places.map(({ namespace, name }) => serviceRef(namespace, name));
  return [...new Map(refs.map((ref) => [`${ref.namespace}/${ref.name}`, ref])).values()];
}

export function serviceRef(namespace: string, name: string): ObjectRef {
  return { group: '', resource: 'services', namespace, name };
}

function countedPlaces(count: number): string {
  return count === 1 ? '1 address' : `${count} addresses`;
}
