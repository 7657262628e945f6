import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiGet, ApiList, EtcdObjects, ObservedObject } from '../model/observation.ts';
import { restartApiServer } from './cures.ts';
import { examined } from './examination.ts';
import { comesAndGoes } from './may-change.ts';
import {
  type Difference,
  type ObjectSet,
  placeOf,
  refOf,
  resourceOf,
  sameOnHosts,
  setOf,
  steadySet,
  tally,
  without,
} from './object-set.ts';
import { allOf, blindSpots, bySource } from './observed.ts';
import { counted, listed } from './wording.ts';

/** What one API server shows, beside what the etcd member below it holds. */
interface Views {
  host: string;
  /** Without the objects that come and go, and without failed lists. */
  lists: ApiList[];
  gets: ApiGet[];
  etcd: ObjectSet;
  etcdByResource: ReadonlyMap<string, ObservedObject[]>;
  /** What was written between the two was not there yet when etcd was read, and may be in a list. */
  written: { afterRevision: number; upToRevision: number };
}

/** Objects that are wrong on one host, and in which lists: `cache`, `cache and consistent`. */
interface Wrong {
  host: string;
  detail: string;
  objects: ObservedObject[];
}

/**
 * A cache that outlived a restore lists objects that no longer exist and leaves out some that do,
 * with everything else in order: only etcd beside the lists shows it.
 */
export const objectViews: Check = {
  name: 'object-views',
  title: 'Each API server shows what etcd holds: from its cache, consistently, and one by one',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: [],
  codes: [
    { code: 'ghost-object', heals: true },
    { code: 'object-hidden', heals: true },
    { code: 'object-stale', heals: true },
    { code: 'get-differs', heals: true },
  ],
  examine(view) {
    const views = view.facts.apiServers.flatMap((host) => viewsOf(host, view));
    const blind = [
      ...blindSpots(view.now, 'api-list', view.facts.apiServers),
      ...blindSpots(view.now, 'api-get', []),
      ...blindSpots(view.now, 'etcd-objects', []),
      ...view.facts.apiServers
        .filter((host) => !views.some((seen) => seen.host === host))
        .map((host) => `no member told what the API server on ${host} should show`),
      ...views
        .filter((seen) => seen.etcd.size === 0 && seen.lists.every(isEmpty))
        .map(({ host }) => `neither etcd nor the API server on ${host} shows any object`),
    ];
    const findings = [
      ...sameOnHosts(views.map(ghosts)).map(ghostFinding),
      ...sameOnHosts(views.map(hidden)).map(hiddenFinding),
      ...sameOnHosts(views.map(stale)).map(staleFinding),
      ...sameOnHosts(views.map(differingGets)).map(getFinding),
    ];
    return examined(findings, blind);
  },
};

function viewsOf(host: string, { now, facts }: CheckView): Views[] {
  const below = memberBelow(host, allOf(now, 'etcd-objects'));
  if (below === undefined) return [];
  const etcd = steadySet(below.objects, facts);
  const lists = allOf(now, 'api-list')
    .filter((list) => list.source === host && list.error === null)
    .map((list) => ({
      ...list,
      objects: list.objects.filter((object) => !comesAndGoes(object, facts)),
    }));
  const gets = allOf(now, 'api-get').filter(
    (get) => get.source === host && get.error === null && !comesAndGoes(get.object, facts),
  );
  const etcdByResource = Map.groupBy(etcd.values(), resourceOf);
  // Asked after the lists.
  const status = bySource(now, 'member-status').get(below.source);
  const written = {
    afterRevision: below.revision,
    upToRevision: status?.revision ?? below.revision,
  };
  return [{ host, lists, gets, etcd, etcdByResource, written }];
}

/**
 * The list is the later of both. A cache of another world shows revisions that etcd has not reached; while etcd passes
 * them, its list is further on, or a GET by name does not find what it lists.
 */
function isNewer(
  { resourceVersion }: ApiList,
  object: ObservedObject,
  { written, gets }: Views,
): boolean {
  if (Math.max(resourceVersion, object.revision) > written.upToRevision) return false;
  if (object.revision <= written.afterRevision) return false;
  return !gets.some((get) => !get.found && placeOf(get.object) === placeOf(object));
}

/** The list is the earlier of both, and was right then: a consistent one is as new as etcd when it is asked for. */
function wasListedBefore({ mode, resourceVersion }: ApiList, stored: ObservedObject): boolean {
  return mode === 'consistent' && stored.revision > resourceVersion;
}

/** The member on the same host where it was read: an API server uses that one alone. */
function memberBelow(host: string, stored: readonly EtcdObjects[]): EtcdObjects | undefined {
  return stored.find((seen) => seen.source === host) ?? stored[0];
}

function isEmpty(list: ApiList): boolean {
  return list.objects.length === 0;
}

/** Puts the lists of one host together: each object once, and the modes of the lists concerned. */
function inAnyList(
  { host, lists }: Views,
  pick: (list: ApiList) => readonly ObservedObject[],
): Wrong {
  const picked = lists.map((list) => ({ mode: list.mode, objects: pick(list) }));
  const modes = picked.filter(({ objects }) => objects.length > 0).map(({ mode }) => mode);
  const objects = [...setOf(picked.flatMap((seen) => seen.objects)).values()];
  return { host, detail: listed([...new Set(modes)].sort()), objects };
}

/** Another uid under the same name is another object: the listed one is a ghost too. */
function ghosts(views: Views): Wrong {
  return inAnyList(views, (list) =>
    list.objects.filter((object) => {
      const stored = views.etcd.get(placeOf(object));
      return (stored === undefined || otherUid(object, stored)) && !isNewer(list, object, views);
    }),
  );
}

function hidden(views: Views): Wrong {
  return inAnyList(views, (list) =>
    without(setOf(views.etcdByResource.get(resourceOf(list)) ?? []), setOf(list.objects)).filter(
      (stored) => !wasListedBefore(list, stored),
    ),
  );
}

/** The same object at another revision: the cache shows a content that etcd does not hold. */
function stale(views: Views): Wrong {
  return inAnyList(views, (list) =>
    list.objects.filter((object) => {
      const stored = views.etcd.get(placeOf(object));
      if (stored === undefined || otherUid(object, stored)) return false;
      if (isNewer(list, object, views) || wasListedBefore(list, stored)) return false;
      return stored.revision !== object.revision;
    }),
  );
}

function differingGets({ host, gets, etcd }: Views): Wrong {
  const objects = gets
    .filter((get) => get.found !== etcd.has(placeOf(get.object)))
    .map((get) => ({ ...get.object, uid: get.uid, revision: 0, contentHash: null }));
  return { host, detail: '', objects };
}

function otherUid(one: ObservedObject, other: ObservedObject): boolean {
  return one.uid !== null && other.uid !== null && one.uid !== other.uid;
}

type Shown = Difference<ObservedObject>;

function parts({ hosts, objects }: Shown) {
  return { severity: 'error' as const, where: listed(hosts), objects: objects.map(refOf) };
}

function restart({ hosts }: Shown): string {
  return restartApiServer(listed(hosts));
}

function ghostFinding(shown: Shown): Finding {
  const { hosts, objects, detail } = shown;
  return finding({
    ...parts(shown),
    code: 'ghost-object',
    message:
      `Lists of the API server on ${listed(hosts)} (${detail}) show` +
      ` ${counted(objects.length, 'object')} that etcd does not hold: ${tally(objects)}.` +
      ' They are ghosts of a world that etcd has left; a GET by name says NotFound.',
    cure: restart(shown),
  });
}

function hiddenFinding(shown: Shown): Finding {
  const { hosts, objects, detail } = shown;
  return finding({
    ...parts(shown),
    code: 'object-hidden',
    message:
      `Lists of the API server on ${listed(hosts)} (${detail}) leave out` +
      ` ${counted(objects.length, 'object')} that etcd holds: ${tally(objects)}.`,
    cure: restart(shown),
  });
}

function staleFinding(shown: Shown): Finding {
  const { hosts, objects, detail } = shown;
  return finding({
    ...parts(shown),
    code: 'object-stale',
    message:
      `Lists of the API server on ${listed(hosts)} (${detail}) show` +
      ` ${counted(objects.length, 'object')} in another state than etcd holds: ${tally(objects)}.`,
    cure: restart(shown),
  });
}

function getFinding(shown: Shown): Finding {
  const { hosts, objects } = shown;
  return finding({
    ...parts(shown),
    code: 'get-differs',
    message:
      `GET through ${listed(hosts)} does not agree with etcd about` +
      ` ${counted(objects.length, 'object')}: ${tally(objects)}.` +
      ' It reads another member, or another --etcd-prefix.',
    cure: `Compare --etcd-servers and --etcd-prefix of kube-apiserver on ${listed(hosts)}.`,
  });
}
