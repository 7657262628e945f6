import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { FreshObject } from '../model/observation.ts';
import { readLog, restartApiServer } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted, listed } from './wording.ts';

/** A cache that outlived a restore hears of nothing new: it is the surest sign that it is deaf. */
export const freshObject: Check = {
  name: 'fresh-object',
  title: 'An object created now appears in the list of each API server',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs', 'writes-refused'],
  codes: [
    { code: 'fresh-object-refused', heals: true },
    { code: 'fresh-object-unlisted', heals: true },
  ],
  examine({ now, facts }) {
    const tried = allOf(now, 'fresh-object');
    const blind = blindSpots(now, 'fresh-object', facts.apiServers);
    if (tried.length === 0) return unknown(...blind);
    return examined([...refused(tried), ...unlisted(tried)], blind);
  },
};

function refused(tried: readonly FreshObject[]): Finding[] {
  const failed = tried.filter((seen) => seen.createError !== null);
  return [...Map.groupBy(failed, (seen) => seen.createError)].map(([error, same]) => {
    const hosts = listed(same.map((seen) => seen.source));
    return finding({
      code: 'fresh-object-refused',
      severity: 'error',
      message: `No object can be created through the API server on ${hosts}: ${error ?? ''}.`,
      where: hosts,
      objects: same.map((seen) => seen.object),
      cure:
        '`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations` shows who may' +
        ` refuse; ${readLog(hosts, 'kube-apiserver')}`,
    });
  });
}

function unlisted(tried: readonly FreshObject[]): Finding[] {
  const deaf = tried.filter((seen) => seen.createError === null && seen.listedAfterMs === null);
  if (deaf.length === 0) return [];
  const hosts = listed(deaf.map((seen) => seen.source));
  const polledMs = Math.min(...deaf.map((seen) => seen.polledMs));
  return [
    finding({
      code: 'fresh-object-unlisted',
      severity: 'error',
      message:
        `An object created now without an error was not in the lists of the API server on ${hosts}` +
        ` within ${lasted(polledMs)}: the cache hears nothing.`,
      where: hosts,
      objects: deaf.map((seen) => seen.object),
      cure: restartApiServer(hosts),
    }),
  ];
}
