import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** Harmless by itself: a node that shall join needs a new one. */
export const bootstrapTokenExpired: Hazard = (content, { asOfMs }) => {
  const expired = content.secrets.filter(
    ({ value }) =>
      value.bootstrapExpiration !== null && Date.parse(value.bootstrapExpiration) < asOfMs,
  );
  if (expired.length === 0) return [];
  const objects = expired.map(({ ref }) => ref);
  return [
    snapshotFinding('bootstrap-token-expired', {
      message: `bootstrap token ${enumerate(objects.map(({ name }) => name))} has expired`,
      where: placeOf(objects),
      objects,
    }),
  ];
};
