import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted } from './wording.ts';

/** kube-apiserver makes each key from the object in its value: one of the two was changed later. */
export const keyMismatch: Hazard = ({ misplaced }) => {
  const [first] = misplaced;
  if (first === undefined) return [];
  return [
    snapshotFinding('key-mismatch', {
      message: `${counted(misplaced.length, 'value')} cannot have been stored under this key: under ${first.key} is ${first.what}`,
      where: first.key,
      objects: misplaced.flatMap(({ ref }) => (ref === null ? [] : [ref])),
    }),
  ];
};
