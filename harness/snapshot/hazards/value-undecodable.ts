import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted, placeOf } from './wording.ts';

/** One value that kube-apiserver cannot decode makes its whole resource unlistable. */
export const valueUndecodable: Hazard = (content) => {
  const [first] = content.undecodable;
  if (first === undefined) return [];
  const objects = content.undecodable.map(({ ref }) => ref);
  const resources = [...new Set(objects.map(({ resource }) => resource))].join(', ');
  return [
    snapshotFinding('value-undecodable', {
      message: `${counted(objects.length, 'value')} cannot be decoded, so ${resources} cannot be listed: ${first.why}`,
      where: placeOf(objects),
      objects,
      cure: `after the restore, if the object can be spared: etcdctl del '${first.key}'`,
    }),
  ];
};
