import type { ApiServer } from '../kube/api-server.ts';
import type { Discovered } from '../kube/discovery.ts';
import { ApiError } from '../kube/error.ts';
import { refOf } from '../kube/resource.ts';
import type { ApiList, ObservedObject } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { inParallel } from '../support/parallel.ts';
import { contentHashOf } from './content-rules.ts';
import { isOwn } from './etcd-objects.ts';
import { type Looking, type Probe, seen, throughEach } from './probe.ts';

const MODES = ['cache', 'consistent'] as const;
/** Lists in flight for one API server; a large one takes memory while it lasts. */
const CONCURRENCY = 4;
const LIST_TIMEOUT_MS = 4000;
/** An API server that has let so many lists wait in vain is not asked for the others. */
const TIMEOUTS_MAX = 2;

/** Every resource through every API server: from its cache, and as new as etcd. */
export const apiList: Probe = {
  kind: 'api-list',
  needs: 'kubernetes',
  look: (at) =>
    throughEach(at, 'api-list', at.apiServers, async ({ api, discovered }) => {
      const resources = discovered.filter(({ preferred }) => preferred);
      const lists = await Promise.all(
        MODES.map((mode) => {
          const patience = { timeouts: 0 };
          return inParallel(resources, CONCURRENCY, (resource) =>
            listOne(at, api, resource, mode, patience),
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
  patience: { timeouts: number },
): Promise<ApiList> {
  const objects: ObservedObject[] = [];
  const outcome = (resourceVersion: number, error: string | null): ApiList => {
    const { group, version, resource: plural } = resource;
    const what = { kind: 'api-list' as const, group, version, resource: plural, mode };
    return { ...what, resourceVersion, objects, error, ...seen(at, api.host) };
  };
  if (patience.timeouts >= TIMEOUTS_MAX)
    return outcome(0, `not asked: ${patience.timeouts} lists before it were not answered in time`);
  try {
    const resourceVersion = await api.list(resource, {
      mode,
      timeoutMs: LIST_TIMEOUT_MS,
      signal: at.signal,
      onItem: (item) => {
        const ref = refOf(resource, item);
        if (isOwn(ref)) return;
        const { uid, resourceVersion } = item.metadata;
        objects.push(
          at.objects.record('api', ref, {
            uid: uid ?? null,
            revision: Number(resourceVersion ?? 0),
            contentHash: contentHashOf(resource, item),
          }),
        );
      },
    });
    return outcome(resourceVersion, null);
  } catch (thrown) {
    if (thrown instanceof ApiError && (thrown.httpCode === null || thrown.httpCode === 504))
      patience.timeouts += 1;
    objects.length = 0;
    return outcome(0, messageOf(thrown));
  }
}
