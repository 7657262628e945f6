import { askWeb, type WebRoute } from '../kube/ask-web.ts';
import { isNotFound } from '../kube/error.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type Probe, seen } from './probe.ts';

const TIMEOUT_MS = 2000;

/** Which pod each route of the ingress controller leads to now, and whether the API has such a pod. */
export const ingress: Probe = {
  kind: 'ingress-route',
  needs: 'kubernetes',
  look: (at) => Promise.all(at.ingress.map((route) => look(at, route))),
};

async function look(at: Looking, route: WebRoute): Promise<Observation> {
  const url = `${route.tls ? 'https' : 'http'}://${route.hostName}`;
  const nothing = { kind: 'ingress-route', pod: null, known: null, error: null } as const;
  try {
    const pod = await askWeb(route, TIMEOUT_MS);
    const known = await isKnown(at, route.namespace, pod);
    return { ...nothing, pod, known, ...seen(at, url) };
  } catch (thrown) {
    return { ...nothing, error: messageOf(thrown), ...seen(at, url) };
  }
}

/** @returns null when no API server tells. */
async function isKnown(at: Looking, namespace: string, pod: string): Promise<boolean | null> {
  const api = at.apiServers.find(({ up }) => up !== null)?.up?.api;
  if (api === undefined) return null;
  try {
    await api.get(`/api/v1/namespaces/${namespace}/pods/${pod}`, { timeoutMs: TIMEOUT_MS });
    return true;
  } catch (thrown) {
    return isNotFound(thrown) ? false : null;
  }
}
