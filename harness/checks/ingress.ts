import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { IngressRouteSeen } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';

/**
 * `Running` and `Ready` of a restored pod are words of the snapshot. A page that a pod serves now proves the
 * whole way: name, certificate, ingress controller, endpoints, pod network, container.
 */
export const ingress: Check = {
  name: 'ingress',
  title: 'Each route of the Ingress objects leads to a pod that the API knows',
  phases: ['baseline', 'verify'],
  needs: ['api-servers', 'ingress'],
  explainedBy: [],
  codes: [
    { code: 'ingress-unanswered', heals: true },
    { code: 'ingress-phantom-pod', heals: true },
  ],
  examine({ now, facts }) {
    const routes = allOf(now, 'ingress-route');
    const blind = blindSpots(now, 'ingress-route', facts.ingress ?? []);
    const untold = routes
      .filter(({ pod, known }) => pod !== null && known === null)
      .map(({ source, pod }) => `nobody tells whether ${pod} behind ${source} is a pod of the API`);
    if (routes.length === 0) return unknown(...blind);
    return examined(
      [...routes.flatMap(unanswered), ...routes.flatMap(phantom)],
      [...blind, ...untold],
    );
  },
};

function unanswered({ source, error }: IngressRouteSeen): Finding[] {
  if (error === null) return [];
  return [
    finding({
      code: 'ingress-unanswered',
      severity: 'error',
      message: `${source} does not answer (${error}).`,
      where: source,
      cure: 'Compare the endpoints of its Service with the pods that really run: `kubectl get endpointslices -A`, and `crictl ps` on the nodes; restart the ingress controller when it knows old ones.',
    }),
  ];
}

function phantom({ source, pod, known }: IngressRouteSeen): Finding[] {
  if (known !== false) return [];
  return [
    finding({
      code: 'ingress-phantom-pod',
      severity: 'error',
      message: `${source} is served by ${pod}, which the API does not know.`,
      where: source,
      cure: 'A kubelet runs a pod of a world that is gone: `systemctl restart kubelet` on its node.',
    }),
  ];
}
