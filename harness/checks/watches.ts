import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { WatchClient } from '../model/observation.ts';
import { restartApiServer } from './cures.ts';
import { examined, unknown } from './examination.ts';
import { allOf, blindSpots } from './observed.ts';
import { lasted } from './wording.ts';

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
    return examined(clients.filter(isWrong).map(stalled), blind);
  },
};

function isWrong({ ghosts, missing, staleMs }: WatchClient): boolean {
  return ghosts.length > 0 || missing.length > 0 || staleMs > 0;
}

function stalled(client: WatchClient): Finding {
  const told =
    client.expiredCount === 0
      ? 'It was never told that its revision is gone'
      : `It was told so ${client.expiredCount} times and is wrong all the same`;
  return finding({
    code: 'watch-stalled',
    severity: 'error',
    message:
      `The watch ${client.client} through ${client.source} has been wrong for` +
      ` ${lasted(client.staleMs)} without an event: it believes in ${client.ghosts.length} objects` +
      ` that are gone and does not know ${client.missing.length} that exist. ${told}` +
      ` (it stands at revision ${client.lastRevision}).`,
    where: client.source,
    objects: [...client.ghosts, ...client.missing],
    cure:
      `${restartApiServer(client.source)} A client that stays wrong must be restarted itself; a` +
      ' restore with --bump-revision and --mark-compacted would have told every client by itself.',
  });
}
