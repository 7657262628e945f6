import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted, enumerate, placeOf, shellWord } from './wording.ts';

/** Objects that can be read by name but that no listing of namespaces leads to. */
export const namespaceMissing: Hazard = (content) => {
  const known = new Set(content.typed.namespaces.map(({ ref }) => ref.name));
  const unread = content.undecodable.filter(({ ref }) => ref.resource === 'namespaces');
  for (const { ref } of unread) known.add(ref.name);
  const missing = [...content.namespaced].filter(([namespace]) => !known.has(namespace));
  if (missing.length === 0) return [];
  const names = missing.map(([namespace]) => namespace);
  const objectCount = missing.reduce((sum, [, { count }]) => sum + count, 0);
  const objects = missing.flatMap(([, held]) => held.first);
  const found = snapshotFinding('namespace-missing', {
    message: `${counted(objectCount, 'object')} in namespace ${enumerate(names)}, which is not in the store`,
    where: placeOf(objects),
    objects,
    cure: `create again before controllers start: ${enumerate(names.map((name) => `kubectl create namespace ${shellWord(name)}`))}`,
  });
  return [{ ...found, objectCount }];
};
