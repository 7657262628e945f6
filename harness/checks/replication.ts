import type { Check, CheckView } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { MemberStatus, RevisionHash } from '../model/observation.ts';
import { restoreAllMembers } from './cures.ts';
import { divergingObjects } from './diverging-objects.ts';
import { examined } from './examination.ts';
import { tally } from './object-set.ts';
import { allOf, blindSpots, bySource, memberHosts } from './observed.ts';
import { listed } from './wording.ts';

/** Writes go on while the members are asked one after the other. */
const REVISION_LAG_MAX = 50;

/**
 * Members restored from different snapshots form a cluster with one leader and no alarm, and even
 * replicate new writes: only what they hold tells them apart, and the hash at one given revision.
 */
export const replication: Check = {
  name: 'replication',
  title: 'All members hold the same data, and a write through one is read from each',
  phases: ['baseline', 'verify'],
  needs: [],
  explainedBy: ['split-brain', 'cluster-id-differs', 'no-leader', 'writes-refused'],
  codes: [
    { code: 'members-diverge', heals: false },
    { code: 'member-lags', heals: true },
    { code: 'canary-not-replicated', heals: true },
  ],
  examine(view) {
    const hosts = memberHosts(view.facts);
    const hashes = allOf(view.now, 'revision-hash');
    const objects = divergingObjects(allOf(view.now, 'etcd-objects'));
    const evidence = [
      ...differentHashes(hashes),
      ...differentRevisions(view),
      ...(objects.length > 0 ? [`they do not agree about ${tally(objects)}`] : []),
    ];
    const findings = [
      ...(evidence.length > 0 ? [diverge(view, evidence, objects)] : lagging(view)),
      ...unread(view),
    ];
    const blind = [
      ...blindSpots(view.now, 'member-status', hosts),
      ...blindSpots(view.now, 'revision-hash', hosts),
      ...incomparable(hashes),
      ...canaryBlindSpots(view),
    ];
    return examined(findings, blind);
  },
};

/** HashKV covers what follows the compaction, so only equal ones can be compared. */
function comparableGroups(hashes: readonly RevisionHash[]): RevisionHash[][] {
  return [...Map.groupBy(hashes, (seen) => `${seen.atRevision} ${seen.compactRevision}`).values()];
}

function incomparable(hashes: readonly RevisionHash[]): string[] {
  return comparableGroups(hashes).length > 1
    ? ['the hashes were taken at different revisions or with different compactions']
    : [];
}

function differentHashes(hashes: readonly RevisionHash[]): string[] {
  return comparableGroups(hashes)
    .map((group) => Map.groupBy(group, (seen) => seen.hash))
    .filter((byHash) => byHash.size > 1)
    .map((byHash) => {
      const parts = [...byHash].map(
        ([hash, same]) => `${hash} on ${listed(same.map((seen) => seen.source))}`,
      );
      const at = [...byHash.values()][0]?.[0]?.atRevision ?? 0;
      return `at revision ${at} their hashes are ${listed(parts)}`;
    });
}

/** A member that has read the newest write is not behind: its history is another one. */
function differentRevisions(view: CheckView): string[] {
  const caughtUp = new Set(
    allOf(view.now, 'write-canary').flatMap(({ reads }) =>
      reads.filter((read) => read.found).map((read) => hostOf(view, read.member)),
    ),
  );
  const apart = behind(view).filter((status) => caughtUp.has(status.source));
  if (apart.length === 0) return [];
  const parts = statusesOf(view).map((status) => `${status.revision} on ${status.source}`);
  return [`new writes reach all of them and yet their revisions are ${listed(parts)}`];
}

/** The canary's reads name members; everything else names hosts. */
function hostOf(view: CheckView, member: string): string {
  return view.facts.members.find((known) => known.name === member)?.host ?? member;
}

function diverge(
  view: CheckView,
  evidence: readonly string[],
  objects: readonly ObjectRef[],
): Finding {
  const hosts = memberHosts(view.facts);
  return finding({
    code: 'members-diverge',
    severity: 'error',
    message:
      `The members hold different data: ${evidence.join('; ')}. They were not restored from the` +
      ' same snapshot with the same bump, or one is damaged. Health, member list and leader show' +
      ' nothing of it.',
    where: listed(hosts),
    objects,
    cure:
      `Compare \`sha256sum SNAPSHOT\` on every host. ${restoreAllMembers(view.facts, hosts[0] ?? '')}` +
      ' To keep the data of one member instead, remove the others and add them again, empty.',
  });
}

function statusesOf(view: CheckView): MemberStatus[] {
  return [...bySource(view.now, 'member-status').values()];
}

function behind(view: CheckView): MemberStatus[] {
  const statuses = statusesOf(view);
  const newest = Math.max(...statuses.map((status) => status.revision));
  return statuses.filter((status) => newest - status.revision > REVISION_LAG_MAX);
}

function lagging(view: CheckView): Finding[] {
  const newest = Math.max(...statusesOf(view).map((status) => status.revision));
  return behind(view).map((status) =>
    finding({
      code: 'member-lags',
      severity: 'error',
      message: `${status.source} is at revision ${status.revision} while others are at ${newest}.`,
      where: status.source,
      cure:
        'Wait until it has caught up (`etcdctl endpoint status --cluster -w table`); if it does not,' +
        ' replace it: member remove, member add, empty data directory.',
    }),
  );
}

function unread(view: CheckView): Finding[] {
  return allOf(view.now, 'write-canary')
    .filter((canary) => canary.writeError === null)
    .flatMap((canary) => {
      const lost = canary.reads.filter((read) => !read.found && read.error === null);
      if (lost.length === 0) return [];
      const members = listed(lost.map((read) => read.member));
      return [
        finding({
          code: 'canary-not-replicated',
          severity: 'error',
          message: `A key written through ${canary.source} cannot be read from ${members}.`,
          where: members,
          cure:
            'Compare `etcdctl member list` and `etcdctl endpoint status` of each endpoint by itself:' +
            ' a member with another list belongs to another cluster and must join anew.',
        }),
      ];
    });
}

function canaryBlindSpots(view: CheckView): string[] {
  const canaries = allOf(view.now, 'write-canary');
  const unavailable = blindSpots(view.now, 'write-canary', []);
  if (canaries.length === 0)
    return unavailable.length > 0 ? unavailable : ['nobody wrote a canary'];
  const reads = canaries.flatMap((canary) => canary.reads);
  const read = new Set(reads.map(({ member }) => hostOf(view, member)));
  return [
    ...unavailable,
    ...reads
      .filter(({ error }) => error !== null)
      .map(({ member, error }) => `the canary could not be read from ${member}: ${error}`),
    ...memberHosts(view.facts)
      .filter((host) => !read.has(host))
      .map((host) => `the canary was not read from ${host}`),
  ];
}
