import type { Check } from '../model/check.ts';
import { finding } from '../model/finding.ts';
import { CLOCK_BUMP } from './cures.ts';
import { examined, skipped, unknown } from './examination.ts';
import { allOf, blindSpots, memberHosts } from './observed.ts';
import { listed } from './wording.ts';

/**
 * A revision that clients have seen before with another meaning silences their watches and keeps
 * their caches: a restore must begin above every revision that anybody has seen.
 */
export const revision: Check = {
  name: 'revision',
  title: 'etcd goes on above every revision that any client has seen before',
  phases: ['verify'],
  needs: [],
  explainedBy: [],
  codes: [{ code: 'revision-rewound', heals: false }],
  examine({ now, facts }) {
    if (!facts.restores) return skipped('this recovery keeps the data: nothing can rewind');
    const seen = facts.highestRevisionSeen;
    if (seen === 0) return unknown('the highest revision before the recovery is not known');
    const statuses = allOf(now, 'member-status');
    const blind = blindSpots(now, 'member-status', memberHosts(facts));
    if (statuses.length === 0) return unknown(...blind, 'no member told its revision');
    const lowest = Math.min(
      facts.firstRevisionServed ?? Number.POSITIVE_INFINITY,
      ...statuses.map((status) => status.revision),
    );
    if (lowest > seen) return examined([], blind);
    const rewound = statuses.filter((status) => status.revision <= seen);
    const hosts = (rewound.length > 0 ? rewound : statuses).map((status) => status.source);
    return examined(
      [
        finding({
          code: 'revision-rewound',
          severity: 'error',
          message:
            `etcd came back at revision ${lowest}, but its clients have seen ${seen}: until it passes` +
            ' that, watches are silent and caches keep the old world, and what changes in between is' +
            ' never delivered.',
          where: listed(hosts),
          cure:
            `Restore again with \`${CLOCK_BUMP}\`: the bump must exceed the one used now by more than` +
            ` ${seen - lowest}, and the same bump used twice rewinds again. Without another restore:` +
            ' restart every kube-apiserver, then every client that watches through them.',
        }),
      ],
      blind,
    );
  },
};
