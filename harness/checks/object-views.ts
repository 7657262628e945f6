import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiGet, ApiList, EtcdObjects, ObservedObject } from '../model/observation.ts';
import { restartApiServer } from './cures.ts';
import { examined } from './examination.ts';
import { comesAndGoes } from './may-change.ts';
import { type ObjectSet, placeOf, refOf, setOf, steadySet, tally, without } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed } from './wording.ts';

/** What one API server shows, beside what the etcd member below it holds. */
interface Views {
  host: string;
  lists: ApiList[];
  gets: ApiGet[];
  etcd: ObjectSet;
  etcdByResource: ReadonlyMap<string, ObservedObject[]>;
  view: CheckView;
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
    { code: 'list-failed', heals: true },
    { code: 'get-differs', heals: true },
    { code: 'get-failed', heals: true },
  ],
  examine(view) {
    const stored = allOf(view.now, 'etcd-objects');
    const blind = [
      ...blindSpots(view.now, 'api-list', view.facts.apiServers),
      ...blindSpots(view.now, 'api-get', []),
      ...blindSpots(view.now, 'etcd-objects', []),
    ];
    const findings: Finding[] = [];
    for (const host of view.facts.apiServers) {
      const lists = allOf(view.now, 'api-list').filter((list) => list.source === host);
      const gets = allOf(view.now, 'api-get').filter((get) => get.source === host);
      findings.push(...failures(host, lists, gets));
      const below = memberBelow(host, stored);
      if (below === undefined) {
        blind.push(`no member told what the API server on ${host} should show`);
        continue;
      }
      const etcd = steadySet(below.objects, view.facts);
      const etcdByResource = Map.groupBy(etcd.values(), resourceOf);
      if (etcd.size === 0 && lists.every((list) => list.objects.length === 0))
        blind.push(`neither etcd nor the API server on ${host} shows any object`);
      findings.push(...compare({ host, lists, gets, etcd, etcdByResource, view }));
    }
    return examined(findings, blind);
  },
};

/** The member on the same host where it was read: an API server uses that one alone. */
function memberBelow(host: string, stored: readonly EtcdObjects[]): EtcdObjects | undefined {
  return stored.find((seen) => seen.source === host) ?? stored[0];
}

function compare(views: Views): Finding[] {
  return [...ghosts(views), ...hidden(views), ...stale(views), ...differingGets(views)];
}

function resourceOf({ group, resource }: { group: string; resource: string }): string {
  return group === '' ? resource : `${group}/${resource}`;
}

function answered(lists: readonly ApiList[]): ApiList[] {
  return lists.filter((list) => list.error === null);
}

function steadyOf(list: ApiList, { view }: Views): ObservedObject[] {
  return list.objects.filter((object) => !comesAndGoes(object, view.facts));
}

/** The ways of listing that show one of these objects: `cache`, `cache and consistent`. */
function modesOf(lists: readonly ApiList[]): string {
  return listed([...new Set(lists.map((list) => list.mode))].sort());
}

/** Another uid under the same name is another object: the listed one is a ghost too. */
function isGhost(object: ObservedObject, etcd: ObjectSet): boolean {
  const stored = etcd.get(placeOf(object));
  return stored === undefined || otherUid(object, stored);
}

function otherUid(one: ObservedObject, other: ObservedObject): boolean {
  return one.uid !== null && other.uid !== null && one.uid !== other.uid;
}

function ghosts(views: Views): Finding[] {
  const showing = answered(views.lists)
    .map((list) => ({
      list,
      objects: steadyOf(list, views).filter((object) => isGhost(object, views.etcd)),
    }))
    .filter(({ objects }) => objects.length > 0);
  const objects = [...setOf(showing.flatMap((seen) => seen.objects)).values()];
  if (objects.length === 0) return [];
  return [
    finding({
      code: 'ghost-object',
      severity: 'error',
      message:
        `The API server on ${views.host} lists ${counted(objects.length, 'object')} that etcd does` +
        ` not hold (${modesOf(showing.map(({ list }) => list))} list): ${tally(objects)}.` +
        ' They are left from the world before the restore.',
      where: views.host,
      objects: objects.map(refOf),
      cure: `${restartApiServer(views.host)}.`,
    }),
  ];
}

function hidden(views: Views): Finding[] {
  const showing = answered(views.lists).map((list) => {
    const stored = setOf(views.etcdByResource.get(resourceOf(list)) ?? []);
    return { list, objects: without(stored, setOf(list.objects)) };
  });
  const objects = [...setOf(showing.flatMap((seen) => seen.objects)).values()];
  if (objects.length === 0) return [];
  const lists = showing.filter((seen) => seen.objects.length > 0).map(({ list }) => list);
  return [
    finding({
      code: 'object-hidden',
      severity: 'error',
      message:
        `etcd holds ${counted(objects.length, 'object')} that the API server on ${views.host} does` +
        ` not list (${modesOf(lists)} list): ${tally(objects)}.`,
      where: views.host,
      objects: objects.map(refOf),
      cure: `${restartApiServer(views.host)}.`,
    }),
  ];
}

/** The same object at another revision: the cache shows an older or a lost content of it. */
function stale(views: Views): Finding[] {
  const objects = answered(views.lists).flatMap((list) =>
    steadyOf(list, views).filter((object) => {
      const stored = views.etcd.get(placeOf(object));
      return (
        stored !== undefined && !otherUid(object, stored) && stored.revision !== object.revision
      );
    }),
  );
  const distinct = [...setOf(objects).values()];
  if (distinct.length === 0) return [];
  return [
    finding({
      code: 'object-stale',
      severity: 'error',
      message:
        `The API server on ${views.host} shows ${counted(distinct.length, 'object')} at another` +
        ` revision than etcd holds them: ${tally(distinct)}.`,
      where: views.host,
      objects: distinct.map(refOf),
      cure: `${restartApiServer(views.host)}.`,
    }),
  ];
}

function differingGets(views: Views): Finding[] {
  const objects = views.gets
    .filter((get) => get.error === null && !comesAndGoes(get.object, views.view.facts))
    .filter((get) => get.found !== views.etcd.has(placeOf(get.object)))
    .map((get) => get.object);
  if (objects.length === 0) return [];
  return [
    finding({
      code: 'get-differs',
      severity: 'error',
      message:
        `The API server on ${views.host} does not GET what its etcd member holds:` +
        ` ${tally(objects)}. It reads another member, or another --etcd-prefix.`,
      where: views.host,
      objects: objects.map(refOf),
      cure: `Compare --etcd-servers and --etcd-prefix of kube-apiserver on ${views.host}.`,
    }),
  ];
}

function failures(host: string, lists: readonly ApiList[], gets: readonly ApiGet[]): Finding[] {
  const failedLists = lists.filter((list) => list.error !== null);
  const failedGets = gets.filter((get) => get.error !== null);
  const resources = new Set(failedLists.map(resourceOf));
  const cure =
    'One object that cannot be decoded, or Secrets without their encryption key, make a whole' +
    ` resource fail: \`journalctl -u kube-apiserver\` on ${host} names the key; \`kubectl get --raw` +
    " '/readyz?verbose'` names what is not ready.";
  const findings: Finding[] = [];
  if (failedLists.length > 0)
    findings.push(
      finding({
        code: 'list-failed',
        severity: 'error',
        message: `The API server on ${host} cannot list ${listed([...resources])}: ${failedLists[0]?.error ?? ''}.`,
        where: host,
        cure,
      }),
    );
  if (failedGets.length > 0)
    findings.push(
      finding({
        code: 'get-failed',
        severity: 'error',
        message: `The API server on ${host} fails to GET ${counted(failedGets.length, 'object')}: ${failedGets[0]?.error ?? ''}.`,
        where: host,
        objects: failedGets.map((get) => refOf(get.object)),
        cure,
      }),
    );
  return findings;
}
