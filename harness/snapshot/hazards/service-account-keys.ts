import { createHash, createPublicKey } from 'node:crypto';
import { messageOf, usageError } from '../../support/errors.ts';
import { snapshotFinding } from '../codes.ts';
import type { Hazard } from './hazard.ts';
import { enumerate, placeOf } from './wording.ts';

/**
 * The `kid` that kube-apiserver gives tokens of a key: base64url of SHA-256 of the DER public key.
 * Source: kubernetes pkg/serviceaccount/jwt.go.
 * @param pem sa.pub or sa.key.
 * @throws DrillError (usage) when it is no key.
 */
export function serviceAccountKeyId(pem: string, where: string): string {
  try {
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(der).digest('base64url');
  } catch (thrown) {
    const hint = 'give /etc/kubernetes/pki/sa.pub of the control plane that will serve the restore';
    throw usageError(`read the service-account key ${where}`, messageOf(thrown), hint);
  }
}

/** Tokens that the restored kube-apiserver will refuse: they were signed with another key. */
export const serviceAccountKeys: Hazard = (content, { serviceAccountKeyIds }) => {
  if (serviceAccountKeyIds === undefined) return [];
  const tokens = content.secrets.filter(({ value }) => value.tokenKeyId !== null);
  if (tokens.length === 0) {
    return [
      snapshotFinding('service-account-key-unproven', {
        message: 'the store holds no service-account token, so the key cannot be compared',
        where: 'the store',
      }),
    ];
  }
  const foreign = tokens.filter(({ value }) => !serviceAccountKeyIds.has(value.tokenKeyId ?? ''));
  if (foreign.length === 0) return [];
  const objects = foreign.map(({ ref }) => ref);
  const names = objects.map(({ namespace, name }) => `${namespace}/${name}`);
  return [
    snapshotFinding('service-account-key-unknown', {
      message: `the token in Secret ${enumerate(names)} was signed with a service-account key that was not given: every pod with such a token gets 401`,
      where: placeOf(objects),
      objects,
    }),
  ];
};
