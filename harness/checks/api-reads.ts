import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ApiGet, ApiList } from '../model/observation.ts';
import { examined, unknown } from './examination.ts';
import { refOf, resourceOf } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, listed, listedFirst } from './wording.ts';

/** One undecodable object makes every list of its resource fail, while all others are served. */
export const apiReads: Check = {
  name: 'api-reads',
  title: 'Every list and every GET is answered without an error',
  phases: ['baseline', 'verify'],
  needs: ['api-servers'],
  explainedBy: ['no-leader', 'cluster-id-differs'],
  codes: [
    { code: 'list-failed', heals: true },
    { code: 'get-failed', heals: true },
  ],
  examine({ now, facts }) {
    const lists = allOf(now, 'api-list');
    const gets = allOf(now, 'api-get');
    const blind = [
      ...blindSpots(now, 'api-list', facts.apiServers),
      ...blindSpots(now, 'api-get', []),
    ];
    if (lists.length === 0 && gets.length === 0) return unknown(...blind);
    return examined([...failedLists(lists), ...failedGets(gets)], blind);
  },
};

/** The same error on several API servers, or for several resources, has one cause. */
function byError<T extends { error: string | null }>(answers: readonly T[]): [string, T[]][] {
  const failed = answers.filter((answer) => answer.error !== null);
  return [...Map.groupBy(failed, (answer) => answer.error ?? '')];
}

function sourcesOf(answers: readonly { source: string }[]): string {
  return listed([...new Set(answers.map((answer) => answer.source))]);
}

function cureOn(hosts: string): string {
  return (
    'One object that cannot be decoded, or Secrets without their encryption key, make a whole' +
    ` resource fail: \`journalctl -u kube-apiserver\` on ${hosts} names the key, and` +
    " `kubectl get --raw '/readyz?verbose'` what is not ready."
  );
}

function failedLists(lists: readonly ApiList[]): Finding[] {
  return byError(lists).map(([error, failed]) => {
    const hosts = sourcesOf(failed);
    const resources = listedFirst([...new Set(failed.map(resourceOf))]);
    return finding({
      code: 'list-failed',
      severity: 'error',
      message: `Listing ${resources} through ${hosts} fails: ${error}.`,
      where: hosts,
      cure: cureOn(hosts),
    });
  });
}

function failedGets(gets: readonly ApiGet[]): Finding[] {
  return byError(gets).map(([error, failed]) => {
    const hosts = sourcesOf(failed);
    return finding({
      code: 'get-failed',
      severity: 'error',
      message: `GET of ${counted(failed.length, 'object')} through ${hosts} fails: ${error}.`,
      where: hosts,
      objects: failed.map((get) => refOf(get.object)),
      cure: cureOn(hosts),
    });
  });
}
