import type { EtcdClient } from '../etcd/client.ts';
import { WATCHED_NAMESPACE, WATCHED_PREFIX } from '../kube/drill-objects.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { WatchClient } from '../model/observation.ts';
import { keyText, parseObjectKey } from '../objects/object-key.ts';
import { messageOf } from '../support/errors.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';
import type { WatchingClient } from './watching-client.ts';

/** What long-lived clients believe, against the etcd member of the API server they live on. */
export const watchClient: Probe = {
  kind: 'watch-client',
  needs: 'kubernetes',
  look: (at) =>
    Promise.all(
      at.watchingClients.map(async (client) => {
        const member = at.members.find(({ host }) => host === client.host);
        if (member?.up == null)
          return unavailable(at, 'watch-client', client.host, member?.down ?? 'it has no member');
        try {
          return compare(at, client, await watchedInEtcd(at, member.up.etcd));
        } catch (thrown) {
          return unavailable(at, 'watch-client', client.host, messageOf(thrown));
        }
      }),
    ),
};

function compare(at: Looking, client: WatchingClient, truth: readonly ObjectRef[]): WatchClient {
  const belief = client.belief();
  const real = new Set(truth.map(idOf));
  const believed = new Set(belief.objects.map(idOf));
  const ghosts = belief.objects.filter((ref) => !real.has(idOf(ref)));
  const missing = truth.filter((ref) => !believed.has(idOf(ref)));
  const nowMs = at.clock.nowMs();
  const wrong = ghosts.length + missing.length > 0;
  // The clock of staleness starts anew with every event: the client is then catching up.
  client.wrongSinceMs = wrong
    ? Math.max(client.wrongSinceMs ?? nowMs, Math.min(belief.lastEventAtMs, nowMs))
    : null;
  return {
    kind: 'watch-client',
    client: `list-watch of ${client.host}`,
    lastRevision: belief.lastRevision,
    expiredCount: belief.expiredCount,
    ghosts,
    missing,
    staleMs: client.wrongSinceMs === null ? 0 : Math.max(1, nowMs - client.wrongSinceMs),
    ...seen(at, client.host),
  };
}

/** The keys of what carries the watched label: it is given to these names only. */
async function watchedInEtcd(at: Looking, etcd: EtcdClient): Promise<ObjectRef[]> {
  const prefixes = [`configmaps/${WATCHED_NAMESPACE}/watched-`, `namespaces/${WATCHED_PREFIX}`];
  const pages = await Promise.all(
    prefixes.map((prefix) =>
      etcd.range(`${at.etcdPrefix}/${prefix}`, {
        prefix: true,
        serializable: true,
        keysOnly: true,
      }),
    ),
  );
  return pages.flatMap(({ kvs }) =>
    kvs.flatMap(({ key }) => {
      const parsed = parseObjectKey(keyText(key), at.etcdPrefix);
      if (parsed === null) return [];
      const { group, resource, namespace, name } = parsed;
      return [{ group, resource, namespace, name }];
    }),
  );
}

function idOf(ref: ObjectRef): string {
  return `${ref.resource} ${ref.namespace ?? ''}/${ref.name}`;
}
