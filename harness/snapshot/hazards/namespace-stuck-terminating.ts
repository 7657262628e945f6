import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, enumerateObjects, placeOf } from './wording.ts';

/** A namespace saved in the middle of its deletion: its controllers go on deleting, or hang. */
export const namespaceStuckTerminating: Hazard = (content) => {
  const terminating = content.typed.namespaces.filter(
    ({ value }) =>
      value.status?.phase === 'Terminating' || value.metadata?.deletionTimestamp !== undefined,
  );
  if (terminating.length === 0) return [];
  const names = terminating.map(({ ref }) => ref.name);
  const isTerminating = new Set(names);
  const held = content.deleting.filter(
    ({ ref, finalizers }) =>
      ref.namespace !== null && isTerminating.has(ref.namespace) && finalizers.length > 0,
  );
  const finalizers = [...new Set(held.flatMap((object) => object.finalizers))];
  const holding =
    held.length === 0
      ? ''
      : `, held by ${enumerateObjects(held.map(({ ref }) => ref))} (finalizer ${enumerate(finalizers)})`;
  return [
    snapshotFinding('namespace-stuck-terminating', {
      message: `namespace ${enumerate(names)} is being deleted and will go on being deleted${holding}`,
      where: placeOf(terminating.map(({ ref }) => ref)),
      objects: [...terminating, ...held].map(({ ref }) => ref),
    }),
  ];
};
