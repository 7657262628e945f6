import type { Finding, ObjectRef } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

interface Mismatch {
  ref: ObjectRef;
  text: string;
}

/** Volumes and claims that do not agree: the volume controller acts on them within seconds. */
export const volumeClaims: Hazard = (content) => {
  const { persistentvolumes: volumes, persistentvolumeclaims: claims } = content.typed;
  const claimUids = new Map(
    claims.map(({ ref, value }) => [`${ref.namespace}/${ref.name}`, value.metadata?.uid]),
  );
  const volumeNames = new Set(volumes.map(({ ref }) => ref.name));
  const doomed: Mismatch[] = [];
  const unclaimed: Mismatch[] = [];
  const mismatched: Mismatch[] = [];
  for (const { ref, value } of volumes) {
    const claim = value.spec?.claimRef;
    if (claim === undefined) continue;
    const place = `${claim.namespace}/${claim.name}`;
    const gone = !claimUids.has(place);
    if (!gone && (!claim.uid || claim.uid === claimUids.get(place))) continue;
    const text = `${ref.name} (claimed by ${place}${gone ? '' : ' with another uid'})`;
    if (value.spec?.persistentVolumeReclaimPolicy === 'Delete') doomed.push({ ref, text });
    else if (gone) unclaimed.push({ ref, text });
    else mismatched.push({ ref, text });
  }
  const lost = claims.flatMap(({ ref, value }) => {
    const volume = value.spec?.volumeName;
    return volume === undefined || volume === '' || volumeNames.has(volume)
      ? []
      : [{ ref, text: `${ref.namespace}/${ref.name} (bound to ${volume})` }];
  });
  return [
    ...report(
      'volume-will-be-deleted',
      doomed,
      'has reclaim policy Delete and no claim: controller-manager will delete the volume and its data',
    ),
    ...report('volume-claim-missing', unclaimed, 'belongs to a claim that is not in the store'),
    ...report('volume-claim-mismatch', mismatched, 'belongs to an older claim of the same name'),
    ...report('volume-missing', lost, 'is bound to a volume that is not in the store'),
  ];
};

function report(
  code:
    | 'volume-will-be-deleted'
    | 'volume-claim-missing'
    | 'volume-claim-mismatch'
    | 'volume-missing',
  found: Mismatch[],
  what: string,
): Finding[] {
  if (found.length === 0) return [];
  const objects = found.map(({ ref }) => ref);
  const noun = code === 'volume-missing' ? 'PersistentVolumeClaim' : 'PersistentVolume';
  const message = `${noun} ${enumerate(found.map(({ text }) => text))} ${what}`;
  return [snapshotFinding(code, { message, where: placeOf(objects), objects })];
}
