import type { Check, DrillFacts } from '../model/check.ts';
import { type Finding, finding, type ObjectRef } from '../model/finding.ts';
import type { EtcdObjects, ObservedObject } from '../model/observation.ts';
import { againstBaseline, CAUSES_OF_OTHER_OBJECTS } from './baseline-comparison.ts';
import { mayDiffer } from './may-change.ts';
import {
  type Difference,
  type ObjectSet,
  placeOf,
  refOf,
  sameOnHosts,
  steadySet,
  tally,
} from './object-set.ts';
import { counted, listed } from './wording.ts';

export const objectContent: Check = {
  name: 'object-content',
  title: 'Every object is the same one, with the same content, as at backup time',
  phases: ['verify'],
  needs: [],
  explainedBy: CAUSES_OF_OTHER_OBJECTS,
  codes: [
    { code: 'object-changed', heals: false },
    { code: 'object-recreated', heals: false },
  ],
  examine: (view) =>
    againstBaseline(view, (then, members) => contentFindings(then, members, view.facts)),
};

function contentFindings(
  then: EtcdObjects,
  members: readonly EtcdObjects[],
  facts: DrillFacts,
): Finding[] | string {
  const before = steadySet(then.objects, facts);
  // Without a restore these are rightly not what they were.
  const written = facts.restores
    ? []
    : [...(facts.changedAfter ?? []), ...(facts.deletedAfter ?? [])];
  for (const object of written) before.delete(placeOf(object));
  const pairs = members.map((seen) => ({
    host: seen.source,
    pairs: pairsOf(before, seen.objects),
  }));
  if (!pairs.some((member) => member.pairs.some(isComparable)))
    return 'no object of the baseline is there to be compared';
  const recreated = pairs.map(({ host, pairs: own }) => ({
    host,
    objects: own.filter(isRecreated).map((pair) => refOf(pair.now)),
  }));
  const changed = pairs.map(({ host, pairs: own }) => ({
    host,
    objects: own.filter((pair) => isChanged(pair, facts)).map((pair) => refOf(pair.now)),
  }));
  return [
    ...sameOnHosts(recreated).map(recreatedFinding),
    ...sameOnHosts(changed).map((difference) => changedFinding(difference, facts)),
  ];
}

interface Pair {
  then: ObservedObject;
  now: ObservedObject;
}

function pairsOf(before: ObjectSet, objects: readonly ObservedObject[]): Pair[] {
  return objects.flatMap((now) => {
    const then = before.get(placeOf(now));
    return then === undefined ? [] : [{ then, now }];
  });
}

/** The hash is not taken of every object, e.g. of one too large. */
function isComparable({ then, now }: Pair): boolean {
  return then.contentHash !== null && now.contentHash !== null;
}

function isRecreated({ then, now }: Pair): boolean {
  return then.uid !== null && now.uid !== null && then.uid !== now.uid;
}

function isChanged(pair: Pair, facts: DrillFacts): boolean {
  const { then, now } = pair;
  return (
    !isRecreated(pair) &&
    isComparable(pair) &&
    then.contentHash !== now.contentHash &&
    !mayDiffer(now, facts)
  );
}

function recreatedFinding({ hosts, objects }: Difference<ObjectRef>): Finding {
  return finding({
    code: 'object-recreated',
    severity: 'error',
    message:
      `${counted(objects.length, 'object')} came back under the same name with another uid:` +
      ` ${tally(objects)}. Owner references, tokens and volumes bound to the old uid are void.`,
    where: listed(hosts),
    objects,
    cure:
      'Somebody made them again instead of restoring them. Restore the snapshot, or strip the' +
      ' ownerReferences of their dependents before the garbage collector deletes those.',
  });
}

function changedFinding({ hosts, objects }: Difference<ObjectRef>, facts: DrillFacts): Finding {
  return finding({
    code: 'object-changed',
    severity: 'error',
    message:
      `The content of ${counted(objects.length, 'object')} is not that of backup time:` +
      ` ${tally(objects)}.`,
    where: listed(hosts),
    objects,
    cure: facts.restores
      ? 'Compare one: `kubectl get … -o yaml` beside its manifest. If the content is newer than the' +
        ' backup, it was not this snapshot that was restored on every member.'
      : 'Compare one: `kubectl get … -o yaml` beside its manifest, and apply the manifest again.',
  });
}
