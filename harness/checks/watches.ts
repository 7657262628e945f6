import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { WatchClient } from '../model/observation.ts';
import { restartApiServer } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { placeOf } from './object-set.ts';
import { allOf, blindSpots } from './observed.ts';
import { counted, lasted, listed } from './wording.ts';

/**
 * A watch resumed at a revision of the future is answered with silence, not with an error, so its
 * client never learns. After a good restore it is told 410 and lists anew within a minute.
 */
export const watches: Check = {
  name: 'watches',
  title: 'Watches opened before the fault are right, or were ended and listed anew',
  phases: ['verify'],
  needs: ['api-servers'],
  explainedBy: [],
  codes: [{ code: 'watch-stalled', heals: true }],
  examine({ now }) {
    const clients = allOf(now, 'watch-client');
    const blind = blindSpots(now, 'watch-client', []);
    if (clients.length === 0)
      return unknown(...(blind.length > 0 ? blind : ['no watch was open through the drill']));
    const wrong = clients.filter(isWrong);
    // Clients that are wrong about the same objects missed the same thing.
    const alike = Map.groupBy(wrong, ({ ghosts, missing }) =>
      [...ghosts.map(placeOf).sort(), '', ...missing.map(placeOf).sort()].join('\n'),
    );
    return examined([...alike.values()].flatMap(stalled), blind);
  },
};

function isWrong({ ghosts, missing, staleMs }: WatchClient): boolean {
  return ghosts.length > 0 || missing.length > 0 || staleMs > 0;
}

function stalled(clients: readonly WatchClient[]): Finding[] {
  const [first] = clients;
  if (first === undefined) return [];
  const { ghosts, missing } = first;
  const hosts = listed([...new Set(clients.map((client) => client.source))]);
  const staleMs = Math.max(...clients.map((client) => client.staleMs));
  const told = clients.some((client) => client.expiredCount > 0)
    ? 'It has been told 410 before, has listed anew, and is wrong all the same'
    : 'It was never told that its revision is gone';
  const revision = Math.max(...clients.map((client) => client.lastRevision));
  return [
    finding({
      code: 'watch-stalled',
      severity: 'error',
      message:
        `A client that has watched through ${hosts} since before the fault has been wrong for` +
        ` ${lasted(staleMs)} without an event: it believes in ${counted(ghosts.length, 'object')}` +
        ` that etcd does not hold, and does not know ${counted(missing.length, 'object')} that it` +
        ` holds. ${told}; it stands at revision ${revision}.`,
      where: hosts,
      objects: [...ghosts, ...missing],
      cure:
        `${restartApiServer(hosts)} A client that stays wrong must be restarted itself; a restore` +
        ' with --bump-revision and --mark-compacted would have told every client.',
    }),
  ];
}
