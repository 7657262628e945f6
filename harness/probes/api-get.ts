import type { ApiServer } from '../kube/api-server.ts';
import type { Discovered } from '../kube/discovery.ts';
import { isNotFound } from '../kube/error.ts';
import { pathOf } from '../kube/resource.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { ApiGet } from '../model/observation.ts';
import { inParallel } from '../support/parallel.ts';
import { isOwn } from './etcd-objects.ts';
import { Patience } from './patience.ts';
import { type Looking, type Probe, problemOf, seen, throughEach } from './probe.ts';

const CONCURRENCY = 8;
const SENTINELS_MAX = 120;
const DISPUTED_MAX = 50;

/** Sentinels, and the objects about which a list and etcd say different things. */
export const apiGet: Probe = {
  kind: 'api-get',
  needs: 'kubernetes',
  second: true,
  look: (at) =>
    throughEach(at, 'api-get', at.apiServers, async ({ api, discovered }, host) => {
      const sentinels = at.sentinels.filter((ref) => !isOwn(ref)).slice(0, SENTINELS_MAX);
      const wanted = new Map(
        [...sentinels, ...disputed(at, host)].map((ref) => [idOf(ref), ref] as const),
      );
      const patience = new Patience();
      return inParallel(wanted.values(), CONCURRENCY, (ref) =>
        getOne(at, api, discovered, ref, patience),
      );
    }),
};

async function getOne(
  at: Looking,
  api: ApiServer,
  discovered: readonly Discovered[],
  ref: ObjectRef,
  patience: Patience,
): Promise<ApiGet> {
  const nothing = sight(at, api.host, ref);
  const resource = discovered.find(
    ({ group, resource, preferred }) =>
      preferred && group === ref.group && resource === ref.resource,
  );
  if (resource === undefined)
    return { ...nothing, error: `${ref.resource}.${ref.group} is not served` };
  try {
    const object = await patience.ask(() => api.get(pathOf(resource, ref.namespace, ref.name)));
    return { ...nothing, found: true, uid: object.metadata.uid ?? null };
  } catch (thrown) {
    return isNotFound(thrown) ? nothing : { ...nothing, error: problemOf(thrown) };
  }
}

function sight(at: Looking, host: string, ref: ObjectRef): ApiGet {
  const { group, resource, namespace, name } = ref;
  const object = { group, resource, namespace, name };
  return { kind: 'api-get', object, found: false, uid: null, error: null, ...seen(at, host) };
}

/** What this API server lists and its own member does not hold, and the other way round. */
export function disputed(at: Pick<Looking, 'seen'>, host: string): ObjectRef[] {
  const held = new Map<string, Map<string, ObjectRef>>();
  for (const sight of at.seen) {
    if (sight.kind !== 'etcd-objects' || sight.source !== host) continue;
    for (const object of sight.objects) {
      const resource = `${object.group}/${object.resource}`;
      const known = held.get(resource) ?? new Map<string, ObjectRef>();
      held.set(resource, known.set(idOf(object), object));
    }
  }
  const found = new Map<string, ObjectRef>();
  for (const sight of at.seen) {
    if (sight.kind !== 'api-list' || sight.source !== host || sight.error !== null) continue;
    const unlisted = new Map(held.get(`${sight.group}/${sight.resource}`));
    for (const object of sight.objects) {
      const id = idOf(object);
      if (!unlisted.delete(id)) found.set(id, object);
    }
    for (const [id, ref] of unlisted) found.set(id, ref);
    if (found.size >= DISPUTED_MAX) break;
  }
  return [...found.values()].slice(0, DISPUTED_MAX);
}

function idOf(ref: ObjectRef): string {
  return `${ref.group}/${ref.resource} ${ref.namespace ?? ''}/${ref.name}`;
}
