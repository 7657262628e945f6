import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiPod, ServiceSeen } from '../model/node-observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { serviceRef } from './service-rules.ts';
import { counted, listedFirst } from './wording.ts';

/** A Service, and the addresses that it has too many or too few. */
interface Wrong {
  service: ServiceSeen;
  addresses: string[];
}

/**
 * Restored EndpointSlices lead to the pods of another day until controller-manager has written them anew. One that
 * lived through the restore never does, though it leads and knows every pod: a restored slice has a lower generation
 * than it wrote last, so it waits for ever for its own cache ("EndpointSlice informer cache is out of date").
 */
export const serviceEndpoints: Check = {
  name: 'service-endpoints',
  title: 'The endpoints of each Service are the ready pods that it selects',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'controllers', 'nodes'],
  explainedBy: ['stale-cache', 'ghost-object', 'object-hidden'],
  codes: [
    { code: 'endpoint-ghost', heals: true },
    { code: 'endpoint-missing', heals: true },
  ],
  examine({ now }) {
    const [services] = allOf(now, 'services');
    const [pods] = allOf(now, 'api-pods');
    const blind = [...blindSpots(now, 'services', []), ...blindSpots(now, 'api-pods', [])];
    if (services === undefined || pods === undefined) {
      return unknown(...blind, 'nobody listed Services and pods');
    }
    const compared = services.services.flatMap((service) => {
      const ready = readyAddresses(service, pods.pods);
      return ready === null ? [] : [{ service, ready }];
    });
    const ghosts = compared.map(({ service, ready }) => ({
      service,
      addresses: service.endpoints.filter((address) => !ready.includes(address)),
    }));
    const missing = compared.map(({ service, ready }) => ({
      service,
      addresses: ready.filter((address) => !service.endpoints.includes(address)),
    }));
    return examined(
      [
        ...found('endpoint-ghost', 'lead to addresses of no ready pod', ghosts),
        ...found('endpoint-missing', 'leave ready pods out', missing),
      ],
      blind,
    );
  },
};

/** @returns null for a Service without a selector. */
function readyAddresses(
  { namespace, selector, unreadyToo }: ServiceSeen,
  pods: readonly ApiPod[],
): string[] | null {
  if (selector === null) return null;
  const wanted = Object.entries(selector);
  const chosen = pods.filter(
    (pod) =>
      pod.namespace === namespace &&
      (pod.ready || unreadyToo) &&
      !pod.deleting &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      wanted.every(([key, value]) => pod.labels[key] === value),
  );
  return [...new Set(chosen.flatMap(({ podIp }) => podIp ?? []))];
}

function found(code: string, what: string, all: readonly Wrong[]): Finding[] {
  const wrong = all.filter(({ addresses }) => addresses.length > 0);
  if (wrong.length === 0) return [];
  const names = wrong.map(
    ({ service, addresses }) => `${service.namespace}/${service.name} (${addresses.join(', ')})`,
  );
  return [
    finding({
      code,
      severity: 'error',
      message: `The endpoints of ${counted(wrong.length, 'Service')} ${what}: ${listedFirst(names)}.`,
      where: 'the API',
      objects: wrong.map(({ service }) => serviceRef(service.namespace, service.name)),
      cure: 'Restart kube-controller-manager on each control plane (move its manifest away and back), after the API servers: it writes them, and one that lived through a restore goes on waiting for slices that are gone.',
    }),
  ];
}
