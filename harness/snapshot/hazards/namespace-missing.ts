import type { ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted, enumerate, placeOf } from './wording.ts';

/** Objects that can be read by name but that no listing of namespaces leads to. */
export const namespaceMissing: Hazard = (content) => {
  const known = new Set(content.typed.namespaces.map(({ ref }) => ref.name));
  const unread = content.undecodable.filter(({ ref }) => ref.resource === 'namespaces');
  for (const { ref } of unread) known.add(ref.name);
  const stray: ObjectRef[] = content.inventory.entries
    .filter(({ namespace }) => namespace !== null && !known.has(namespace))
    .map(({ group, resource, namespace, name }) => ({ group, resource, namespace, name }));
  if (stray.length === 0) return [];
  const missing = [...new Set(stray.map(({ namespace }) => namespace ?? ''))];
  return [
    snapshotFinding('namespace-missing', {
      message: `${counted(stray.length, 'object')} in namespace ${enumerate(missing)}, which is not in the store`,
      where: placeOf(stray),
      objects: stray,
      cure: `create it again before controllers start: kubectl create namespace ${missing[0]}`,
    }),
  ];
};
