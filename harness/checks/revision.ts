import type { Check } from '../model/check.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import { CLOCK_BUMP } from './cures.ts';
import { examined, skipped, unknown } from './examination.ts';
import { allOf, blindSpots, memberHosts } from './observed.ts';
import { listed } from './wording.ts';

/**
 * A revision that clients have seen with another meaning silences their watches and keeps their
 * caches, so a restore must begin above all of them and mark them as compacted: only then is a
 * client that resumes told to list anew. Once etcd has caught up only the compaction still shows it.
 * Source: https://etcd.io/docs/v3.6/op-guide/recovery/ (restoring with revision bump).
 */
export const revision: Check = {
  name: 'revision',
  title: 'etcd goes on above every revision that any client has seen, and tells those who resume',
  phases: ['verify'],
  needs: [],
  explainedBy: ['sentinel-survived'],
  codes: [{ code: 'revision-rewound', heals: false }],
  examine({ now, baseline, facts }) {
    if (!facts.restores) return skipped('this recovery keeps the data: nothing can rewind');
    const seen = facts.highestRevisionSeen;
    if (seen === 0) return unknown('the highest revision before the recovery is not known');
    const statuses = allOf(now, 'member-status');
    const hashes = allOf(now, 'revision-hash');
    const blind = [
      ...blindSpots(now, 'member-status', memberHosts(facts)),
      ...blindSpots(now, 'revision-hash', []),
    ];
    if (statuses.length === 0) return unknown(...blind, 'no member told its revision');
    const lowest = Math.min(
      facts.firstRevisionServed ?? Number.POSITIVE_INFINITY,
      ...statuses.map((status) => status.revision),
    );
    const where = listed(statuses.map((status) => status.source));
    if (lowest <= seen) return examined([behind(lowest, seen, where)], blind);
    const compacted = Math.max(...hashes.map((hash) => hash.compactRevision));
    if (hashes.length > 0 && compacted < oldWorld(baseline ?? []))
      return examined([unannounced(compacted, seen, where)], blind);
    if (hashes.length === 0) blind.push('no member told what is compacted');
    return examined([], blind);
  },
};

/** The newest revision of before any restore: whoever marks as compacted goes beyond it. */
function oldWorld(baseline: readonly Observation[]): number {
  return Math.max(0, ...allOf(baseline, 'member-status').map((status) => status.revision));
}

const OTHERWISE =
  ' Without another restore: restart every kube-apiserver, then every client that watches through them.';

function behind(lowest: number, seen: number, where: string): Finding {
  return finding({
    code: 'revision-rewound',
    severity: 'error',
    message:
      `etcd came back at revision ${lowest}, but its clients have seen ${seen}: until it passes that,` +
      ' watches are silent and caches keep the old world, and what changes in between is never' +
      ' delivered.',
    where,
    cure:
      `Restore again with \`${CLOCK_BUMP}\`: the bump must exceed the one used now by more than` +
      ` ${seen - lowest}, and the same bump used twice rewinds again.${OTHERWISE}`,
  });
}

function unannounced(compacted: number, seen: number, where: string): Finding {
  return finding({
    code: 'revision-rewound',
    severity: 'error',
    message:
      `etcd has passed revision ${seen}, which its clients have seen, but what they saw is not marked` +
      ` as compacted (only what is up to ${Math.max(0, compacted)}): a client that resumes is not told` +
      ' to list anew, and misses for ever what changed in between.',
    where,
    cure: `Restore again with \`${CLOCK_BUMP}\`; the same bump used twice rewinds again.${OTHERWISE}`,
  });
}
