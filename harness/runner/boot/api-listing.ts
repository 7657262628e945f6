import type { ApiServer } from '../../kube/api-server.ts';
import type { Discovered } from '../../kube/discovery.ts';
import { ApiError, isNotFound } from '../../kube/error.ts';
import { pathOf } from '../../kube/resource.ts';
import type { ObjectRef } from '../../model/finding.ts';
import { INTERNAL_GROUP } from '../../objects/resources.ts';
import { messageOf } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { BootResult } from './boot-plan.ts';

type Listing = Pick<BootResult, 'lists' | 'missing' | 'unreadable' | 'notServed'>;

/** A new API server fills its caches and serves custom resources a few seconds after it is ready. */
const SETTLE_TIMEOUT_MS = 20_000;
const LIST_DEADLINE = { timeoutMs: 5000, intervalMs: 500 };
/** Objects of one unlistable resource that are read one by one to find the culprit. */
const SINGLE_READS_MAX = 2000;

/** Lists every resource at every served version and says which of `objects` no list shows. */
export async function listEverything(
  server: ApiServer,
  objects: readonly ObjectRef[],
): Promise<Listing> {
  const wanted = Map.groupBy(
    objects.filter(({ group }) => group !== INTERNAL_GROUP),
    ({ group, resource }) => `${group}/${resource}`,
  );
  const served = await discoverAll(server, wanted);
  const listing: Listing = { lists: [], missing: [], unreadable: [], notServed: [] };
  for (const resource of served) {
    const held = wanted.get(`${resource.group}/${resource.resource}`) ?? [];
    const seen = new Set<string>();
    const error = await listInto(server, resource, seen);
    const { group, version, resource: plural, preferred } = resource;
    listing.lists.push({ group, version, resource: plural, count: seen.size, error });
    if (!preferred) continue;
    if (error !== null) listing.unreadable.push(...(await readEach(server, resource, held)));
    else listing.missing.push(...held.filter((ref) => !seen.has(placeOf(ref))));
  }
  const known = new Set(served.map(({ group, resource }) => `${group}/${resource}`));
  for (const [resource, held] of wanted)
    if (!known.has(resource)) listing.notServed.push({ resource, count: held.length });
  return listing;
}

function placeOf({ namespace, name }: { namespace: string | null; name: string }): string {
  return `${namespace ?? ''}/${name}`;
}

/** Everything that is served once all wanted resources are, or have had their time to be. */
async function discoverAll(
  server: ApiServer,
  wanted: ReadonlyMap<string, unknown>,
): Promise<Discovered[]> {
  let served: Discovered[] = [];
  try {
    await until(
      'all resources of the file are served',
      async () => {
        served = await server.discover();
        const known = new Set(served.map(({ group, resource }) => `${group}/${resource}`));
        const absent = [...wanted.keys()].filter((resource) => !known.has(resource));
        return absent.length === 0 ? done(undefined) : notYet(`without ${absent.join(', ')}`);
      },
      { timeoutMs: SETTLE_TIMEOUT_MS, intervalMs: 500 },
    );
  } catch {
    // What is not served is told in the result.
  }
  return served;
}

/** @returns the server's complaint when the resource cannot be listed; null when it can. */
async function listInto(
  server: ApiServer,
  resource: Discovered,
  seen: Set<string>,
): Promise<string | null> {
  let complaint = '';
  const attempt = async () => {
    seen.clear();
    try {
      await server.list(resource, {
        mode: 'consistent',
        onItem: ({ metadata }) =>
          seen.add(placeOf({ namespace: metadata.namespace ?? null, name: metadata.name })),
      });
      return done(undefined);
    } catch (thrown) {
      complaint = complaintOf(thrown);
      return notYet(complaint);
    }
  };
  try {
    await until(`${resource.resource} can be listed`, attempt, LIST_DEADLINE);
    return null;
  } catch {
    return complaint;
  }
}

/** The server's own sentence. */
function complaintOf(thrown: unknown): string {
  return thrown instanceof ApiError ? thrown.details || thrown.reason : messageOf(thrown);
}

/** A read by name goes to etcd and names the object that stops the list. */
async function readEach(
  server: ApiServer,
  resource: Discovered,
  held: readonly ObjectRef[],
): Promise<BootResult['unreadable']> {
  const unreadable: BootResult['unreadable'] = [];
  for (const ref of held.slice(0, SINGLE_READS_MAX)) {
    try {
      await server.get(pathOf(resource, ref.namespace, ref.name));
    } catch (thrown) {
      if (!isNotFound(thrown)) unreadable.push({ ref, why: complaintOf(thrown) });
    }
  }
  return unreadable;
}
