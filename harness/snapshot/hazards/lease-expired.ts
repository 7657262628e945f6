import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/** kube-apiserver's own identity Leases; it removes the old ones itself. */
const APISERVER_IDENTITY = 'apiserver.kubernetes.io/identity';

/**
 * Leases that nobody renewed any more when the backup was made: their holders were dead already.
 * Judged by the newest write in the store, since every Lease of an old backup is old.
 */
export const leaseExpired: Hazard = (content, { asOfMs }) => {
  const savedMs = Math.min(content.newestWriteMs ?? asOfMs, asOfMs);
  const expired = content.typed['coordination.k8s.io/leases'].filter(({ value }) => {
    if (value.metadata?.labels.has(APISERVER_IDENTITY)) return false;
    const { renewTime, leaseDurationSeconds } = value.spec ?? {};
    if (renewTime === undefined || leaseDurationSeconds === undefined) return false;
    return Date.parse(renewTime) + leaseDurationSeconds * 1000 < savedMs;
  });
  if (expired.length === 0) return [];
  const objects = expired.map(({ ref }) => ref);
  const names = expired.map(
    ({ ref, value }) =>
      `${ref.namespace}/${ref.name} (last renewed ${value.spec?.renewTime} by ${value.spec?.holderIdentity ?? 'nobody'})`,
  );
  return [
    snapshotFinding('lease-expired', {
      message: `the holder of Lease ${enumerate(names)} was gone when the backup was made`,
      where: placeOf(objects),
      objects,
    }),
  ];
};
