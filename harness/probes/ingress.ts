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
    const pod = await askWeb(route, patienceMs(at));
    const known = await isKnown(at, route.namespace, pod);
    return { ...nothing, pod, known, ...seen(at, url) };
  } catch (thrown) {
    return { ...nothing, error: messageOf(thrown), ...seen(at, url) };
  }
}

/** Asks one API server after the other. @returns null when none tells. */
async function isKnown(at: Looking, namespace: string, pod: string): Promise<boolean | null> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  for (const { up } of at.apiServers) {
    if (up === null) continue;
    try {
      await up.api.get(path, { timeoutMs: patienceMs(at) });
      return true;
    } catch (thrown) {
      if (isNotFound(thrown)) return false;
    }
  }
  return null;
}

function patienceMs({ answerTimeoutMs }: Looking): number {
  return Math.max(TIMEOUT_MS, answerTimeoutMs);
}
