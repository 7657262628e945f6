import type { Finding } from '../../model/finding.ts';
import { snapshotFinding } from '../codes.ts';
import type { EncryptedSet } from './cluster-content.ts';
import type { Hazard } from './hazard.ts';
import { counted, placeOf } from './wording.ts';

/** Values that kube-apiserver cannot read with the encryption configuration at hand. */
export const encryptionKeys: Hazard = (content) => content.encrypted.flatMap(findingsOf);

function findingsOf(set: EncryptedSet): Finding[] {
  const resources = [...new Set(set.objects.map(({ resource }) => resource))].join(', ');
  const what = `${counted(set.objects.length, 'value')} (${resources}) encrypted by ${set.scheme} with key ${set.keyName}`;
  const parts = { where: placeOf(set.objects), objects: set.objects };
  if (set.state === 'no-configuration') {
    return [
      snapshotFinding('encryption-key-unknown', {
        ...parts,
        message: `${what}: without that key no ${resources} can be listed`,
      }),
    ];
  }
  if (set.state === 'unknown-key') {
    return [
      snapshotFinding('encryption-key-unknown', {
        ...parts,
        message: `${what}, which the encryption configuration does not name for ${resources}`,
      }),
    ];
  }
  if (set.state === 'wrong-key') {
    return [
      snapshotFinding('encryption-key-wrong', {
        ...parts,
        message: `${what} cannot be decrypted with the key of that name in the encryption configuration${set.why === null ? '' : ` (${set.why})`}`,
      }),
    ];
  }
  if (set.state === 'unchecked') {
    return [
      snapshotFinding('encryption-key-unchecked', { ...parts, message: `${what}: ${set.why}` }),
    ];
  }
  return [];
}
