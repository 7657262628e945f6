import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { counted } from './wording.ts';

/** Nothing of Kubernetes was judged: it lies elsewhere, and silence about it would be no good news. */
export const anotherPrefix: Hazard = ({ resources, outsidePrefix: { count, first } }) => {
  if (resources.length > 0 || first === null) return [];
  return [
    snapshotFinding('another-prefix', {
      message: `no key is below the prefix, but ${counted(count, 'value')} of Kubernetes lie elsewhere: no object was judged`,
      where: first,
    }),
  ];
};
