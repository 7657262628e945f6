import type { Check, CheckView } from '../model/check.ts';
import { finding } from '../model/finding.ts';
import type { ApiList } from '../model/observation.ts';
import { restartApiServer } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted } from './wording.ts';

/** More than anybody writes into a drill: what etcd may have gone on since it was asked. */
const WRITES_PER_SECOND_MAX = 200;

type Judgement = 'right' | 'ahead' | 'unclear';

/**
 * The best single sign of a cache that outlived a restore: a list of a revision that etcd has not
 * reached. It is gone once etcd catches up, while the list stays wrong; `object-views` sees that.
 */
export const listRevision: Check = {
  name: 'list-revision',
  title: 'No API server lists a revision that etcd has not reached',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: [],
  codes: [{ code: 'stale-cache', heals: true }],
  examine(view) {
    const blind = blindSpots(view.now, 'api-list', view.facts.apiServers);
    const lists = allOf(view.now, 'api-list').filter((list) => list.error === null);
    if (lists.length === 0) return unknown(...blind, 'nothing was listed');
    const findings = [];
    for (const [host, own] of Map.groupBy(lists, (list) => list.source)) {
      const judged = own.map((list) => ({ list, verdict: judge(list, view) }));
      const ahead = judged.filter(({ verdict }) => verdict === 'ahead').map(({ list }) => list);
      if (ahead.length > 0) findings.push(staleCache(host, ahead, view));
      else if (judged.some(({ verdict }) => verdict === 'unclear'))
        blind.push(`etcd's revision was not asked after the lists of ${host}`);
    }
    return examined(findings, blind);
  },
};

function judge(list: ApiList, view: CheckView): Judgement {
  const known = etcdRevisions(list.source, view);
  if (known.length === 0) return 'unclear';
  const newest = Math.max(...known.map((seen) => seen.revision));
  if (list.resourceVersion <= newest) return 'right';
  const lastMs = Math.max(...known.map((seen) => seen.atMs));
  const sinceMs = list.atMs - lastMs;
  if (sinceMs <= 0) return 'ahead';
  const lead = list.resourceVersion - newest;
  return lead > (WRITES_PER_SECOND_MAX * sinceMs) / 1000 ? 'ahead' : 'unclear';
}

/** Of the API server's own member where it was asked, else of all: a healthy cluster has one. */
function etcdRevisions(host: string, { now }: CheckView): { revision: number; atMs: number }[] {
  const all = [...allOf(now, 'member-status'), ...allOf(now, 'etcd-objects')];
  const own = all.filter((seen) => seen.source === host);
  return own.length > 0 ? own : all;
}

function staleCache(host: string, ahead: readonly ApiList[], view: CheckView) {
  const furthest = Math.max(...ahead.map((list) => list.resourceVersion));
  const etcd = Math.max(...etcdRevisions(host, view).map((seen) => seen.revision));
  return finding({
    code: 'stale-cache',
    severity: 'error',
    message:
      `The API server on ${host} answers ${counted(ahead.length, 'list')} at revision ${furthest},` +
      ` which etcd (at ${etcd}) has not reached: its cache is of the world before the restore.` +
      ' /readyz, GET by name and writes are all fine meanwhile.',
    where: host,
    cure: restartApiServer(host),
  });
}
