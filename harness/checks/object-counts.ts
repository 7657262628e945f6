import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { EtcdObjects } from '../model/observation.ts';
import { againstBaseline, CAUSES_OF_OTHER_OBJECTS } from './baseline-comparison.ts';
import {
  type Difference,
  type ObjectSet,
  placeOf,
  refOf,
  sameOnHosts,
  setOf,
  steadySet,
  tally,
  without,
} from './object-set.ts';
import { counted, listed } from './wording.ts';

/** `object-views` ties each API server to its etcd member; this ties the members to the baseline. */
export const objectCounts: Check = {
  name: 'object-counts',
  title: 'etcd holds every object of the baseline, and after a restore no other',
  phases: ['verify'],
  needs: [],
  explainedBy: CAUSES_OF_OTHER_OBJECTS,
  codes: [
    { code: 'objects-missing', heals: false },
    { code: 'objects-unexpected', heals: false },
  ],
  examine: (view) =>
    againstBaseline(view, (then, members) => countFindings(then, members, view.facts)),
};

function countFindings(
  then: EtcdObjects,
  members: readonly EtcdObjects[],
  facts: DrillFacts,
): Finding[] | string {
  const sentinels = setOf([...facts.sentinelsBefore, ...facts.sentinelsAfter]);
  const expected = expectedObjects(then, sentinels, facts);
  if (expected.size === 0) return 'the baseline holds no objects, so nothing can be missing';
  const held = members.map((seen) => ({
    host: seen.source,
    set: others(seen, sentinels, facts),
  }));
  const missing = held.map(({ host, set }) => ({ host, objects: without(expected, set) }));
  const surplus = held.map(({ host, set }) => ({ host, objects: without(set, expected) }));
  return [
    ...sameOnHosts(missing).map((difference) => missingFinding(difference, expected, facts)),
    // Without a restore life went on, and new objects are nobody's loss.
    ...(facts.restores ? sameOnHosts(surplus).map(unexpectedFinding) : []),
  ];
}

/** What was deleted after the backup comes back with a restore only. */
function expectedObjects(
  then: EtcdObjects,
  sentinels: ObjectSet<ObjectRef>,
  facts: DrillFacts,
): ObjectSet<ObjectRef> {
  const expected = others(then, sentinels, facts);
  const deleted = facts.restores ? [] : (facts.deletedAfter ?? []);
  for (const object of deleted) expected.delete(placeOf(object));
  return expected;
}

/** Sentinels have a check of their own. */
function others(
  seen: EtcdObjects,
  sentinels: ObjectSet<ObjectRef>,
  facts: DrillFacts,
): ObjectSet<ObjectRef> {
  const set: ObjectSet<ObjectRef> = new Map();
  for (const [place, object] of steadySet(seen.objects, facts))
    if (!sentinels.has(place)) set.set(place, refOf(object));
  return set;
}

function missingFinding(
  { hosts, objects }: Difference<ObjectRef>,
  expected: ObjectSet<ObjectRef>,
  facts: DrillFacts,
): Finding {
  return finding({
    code: 'objects-missing',
    severity: 'error',
    message:
      `Of the ${counted(expected.size, 'object')} of the baseline ${objects.length} cannot be found in` +
      ` etcd any more: ${tally(objects)}.`,
    where: listed(hosts),
    objects,
    cure: facts.restores
      ? 'See that the snapshot has them (`kubedrill inspect SNAPSHOT`): if it does, it was not this' +
        ' snapshot that was restored; if not, it is older than the baseline. Apply them again from' +
        ' their manifests.'
      : 'Nothing should have been lost. Look on the data that was kept aside before it is removed,' +
        ' and restore from the newest snapshot.',
  });
}

function unexpectedFinding({ hosts, objects }: Difference<ObjectRef>): Finding {
  return finding({
    code: 'objects-unexpected',
    severity: 'error',
    message:
      `etcd holds ${counted(objects.length, 'object')} that the baseline does not have:` +
      ` ${tally(objects)}. They were made after the backup and outlived the restore, or were made` +
      ' since.',
    where: listed(hosts),
    objects,
    cure:
      'See who made them (`kubectl get … -o yaml --show-managed-fields`). If they are older than the' +
      ' restore, some member still runs on its old data.',
  });
}
