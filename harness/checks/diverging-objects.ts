import type { ObjectRef } from '../model/finding.ts';
import type { EtcdObjects, ObservedObject } from '../model/observation.ts';
import { type ObjectSet, placeOf, refOf, setOf } from './object-set.ts';

/**
 * Objects about which members contradict each other, whenever each was read: in one history, all
 * that a later reading holds from before an earlier one must be in the earlier one, as it is.
 */
export function divergingObjects(stored: readonly EtcdObjects[]): ObjectRef[] {
  const [earliest, ...later] = [...stored].sort((a, b) => a.revision - b.revision);
  if (earliest === undefined) return [];
  const held = setOf(earliest.objects);
  const diverging = later.flatMap((reading) => [
    ...contradicting(reading, held, earliest.revision),
    ...(reading.revision === earliest.revision
      ? contradicting(earliest, setOf(reading.objects), reading.revision)
      : []),
  ]);
  return [...setOf(diverging.map(refOf)).values()];
}

function contradicting(
  { objects }: EtcdObjects,
  earlier: ObjectSet,
  revision: number,
): ObservedObject[] {
  return objects.filter((object) => {
    if (object.revision > revision) return false;
    const known = earlier.get(placeOf(object));
    return known === undefined || known.revision !== object.revision || otherHash(known, object);
  });
}

function otherHash(one: ObservedObject, other: ObservedObject): boolean {
  return (
    one.contentHash !== null && other.contentHash !== null && one.contentHash !== other.contentHash
  );
}
