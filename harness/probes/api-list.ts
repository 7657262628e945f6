import type { ApiServer } from '../kube/api-server.ts';
import type { Discovered } from '../kube/discovery.ts';
import { ApiError } from '../kube/error.ts';
import { type KubeObject, refOf } from '../kube/resource.ts';
import type { ApiList, ObservedObject } from '../model/observation.ts';
import { inParallel } from '../support/parallel.ts';
import { done, hopeless, notYet, until } from '../support/until.ts';
import { contentHashOf } from './content-rules.ts';
import { isOwn } from './etcd-objects.ts';
import { Patience } from './patience.ts';
import { type Looking, type Probe, problemOf, seen, throughEach } from './probe.ts';
import type { Sight } from './shared-objects.ts';

const MODES = ['cache', 'consistent'] as const;
/** Lists in flight for one API server; a large one takes memory while it lasts. */
const CONCURRENCY = 4;
const LIST_TIMEOUT_MS = 4000;
/** For so long after the first question a list that is held back is asked for again, as every client of Go does. */
const HELD_BACK_MS = 1000;

/** Every resource through every API server: from its cache, and as new as etcd. */
export const apiList: Probe = {
  kind: 'api-list',
  needs: 'kubernetes',
  look: (at) =>
    throughEach(at, 'api-list', at.apiServers, async ({ api, discovered }) => {
      const resources = discovered.filter(({ preferred }) => preferred);
      const askAgainUntilMs = at.clock.monotonicMs() + HELD_BACK_MS;
      const lists = await Promise.all(
        MODES.map((mode) => {
          const patience = new Patience();
          return inParallel(resources, CONCURRENCY, (resource) =>
            listOne(at, api, resource, mode, { patience, askAgainUntilMs }),
          );
        }),
      );
      return lists.flat();
    }),
};

async function listOne(
  at: Looking,
  api: ApiServer,
  resource: Discovered,
  mode: ApiList['mode'],
  { patience, askAgainUntilMs }: { patience: Patience; askAgainUntilMs: number },
): Promise<ApiList> {
  const objects: ObservedObject[] = [];
  const outcome = (resourceVersion: number, error: string | null): ApiList => {
    const { group, version, resource: plural } = resource;
    const what = { kind: 'api-list' as const, group, version, resource: plural, mode };
    return { ...what, resourceVersion, objects, error, ...seen(at, api.host) };
  };
  try {
    const list = () => {
      objects.length = 0;
      return api.list(resource, {
        mode,
        metadataOnly: mode === 'consistent',
        timeoutMs: timeoutOf(at),
        signal: at.signal,
        onItem: (item) => {
          const ref = refOf(resource, item);
          if (isOwn(ref)) return;
          objects.push(at.objects.record(mode, ref, sightOf(resource, item, mode)));
        },
      });
    };
    const resourceVersion = await patience.ask(() => unlessHeldBack(at, list, askAgainUntilMs));
    return outcome(resourceVersion, null);
  } catch (thrown) {
    objects.length = 0;
    return outcome(0, problemOf(thrown));
  }
}

/** A server that has just started answers some lists with 429 until their cache is filled. */
function unlessHeldBack(
  at: Looking,
  list: () => Promise<number>,
  askAgainUntilMs: number,
): Promise<number> {
  const look = async () => {
    try {
      return done(await list());
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const heldBack = error instanceof ApiError && error.httpCode === 429;
      return heldBack && at.clock.monotonicMs() < askAgainUntilMs
        ? notYet(error.message)
        : hopeless(error);
    }
  };
  const timeoutMs = HELD_BACK_MS + timeoutOf(at);
  return until('the list is not held back', look, { timeoutMs, clock: at.clock });
}

function timeoutOf({ answerTimeoutMs }: Looking): number {
  return Math.max(LIST_TIMEOUT_MS, answerTimeoutMs);
}

/** Content is taken where clients see it; from etcd it is hashed as it is stored. */
function sightOf(resource: Discovered, item: KubeObject, mode: ApiList['mode']): Sight {
  const { uid, resourceVersion } = item.metadata;
  return {
    uid: uid ?? null,
    revision: Number(resourceVersion ?? 0),
    contentHash: mode === 'cache' ? contentHashOf(resource, item) : null,
  };
}
