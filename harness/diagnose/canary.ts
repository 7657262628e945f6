import type { ApiServer } from '../kube/api-server.ts';
import { ApiError, isNotFound } from '../kube/error.ts';
import type { ApiResource, KubeObject } from '../kube/resource.ts';
import { problemOf } from '../probes/probe.ts';
import { done, notYet, until } from '../support/until.ts';
import type { Patient } from './patient.ts';

/** It is there in every cluster, and nobody's Namespace has to be made and removed. */
export const CANARY_NAMESPACE = 'default';
/** How the name of each begins: what was made for a try is nobody's work that waits. */
export const CANARY_NAME = 'kubedrill-canary';
/** Who is well answers within a second, on a busy machine within some. */
const TAKEN_UP_MS = 10_000;

/** An object made now, of which something comes when somebody hears of it. */
export interface Canary {
  resource: ApiResource;
  object: KubeObject;
  isTakenUp(api: ApiServer): Promise<boolean>;
}

/**
 * Makes it, waits until somebody has looked at it, and removes it.
 * @param blind is told why that is not known, and when it could not be removed.
 * @returns how long nobody looked at it; null where somebody did, or where it is not known.
 */
export async function tryCanary(
  patient: Patient,
  { resource, object, isTakenUp }: Canary,
  blind: string[],
): Promise<string | null> {
  const { clock, signal } = patient.parts;
  const { name } = object.metadata;
  const { api } = patient.any();
  let answered = false;
  let mayBeMade = true;
  try {
    await api.create(resource, object).catch((thrown: unknown) => {
      // A request that was given up may have been heard.
      mayBeMade = !(thrown instanceof ApiError && thrown.definite);
      throw thrown;
    });
    await until(
      `somebody looks at the ${resource.kind} ${name}`,
      async () => {
        const taken = await isTakenUp(api);
        answered = true;
        return taken ? done(true) : notYet('nobody has');
      },
      { timeoutMs: TAKEN_UP_MS, intervalMs: 250, signal, clock },
    );
    return null;
  } catch (thrown) {
    if (answered && !signal?.aborted) return problemOf(thrown);
    // An API server that does not answer says nothing of who is deaf, nor one that lets nothing be made.
    blind.push(`a ${resource.kind} made for a try: ${problemOf(thrown)}`);
    return null;
  } finally {
    if (mayBeMade)
      await api
        .delete(resource, CANARY_NAMESPACE, name)
        .catch((thrown: unknown) => tellLeft(blind, resource, name, thrown));
  }
}

/** Says how to remove what could not be removed, unless somebody else has. */
export function tellLeft(
  blind: string[],
  resource: ApiResource,
  name: string,
  thrown: unknown,
): void {
  if (isNotFound(thrown)) return;
  blind.push(
    `${resource.kind} ${name} was made for a try and is left (${problemOf(thrown)}):` +
      ` kubectl --namespace ${CANARY_NAMESPACE} delete ${resource.resource} ${name}`,
  );
}
