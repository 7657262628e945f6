import type { Envelope } from './envelope.ts';
import { bool, decode, list, map, one, shape, text, time, type ValueOf } from './shape.ts';

export const ownerReferenceShape = shape({
  kind: one(1, text),
  name: one(3, text),
  uid: one(4, text),
  apiVersion: one(5, text),
  controller: one(6, bool),
  blockOwnerDeletion: one(7, bool),
});
export type OwnerReference = ValueOf<typeof ownerReferenceShape>;

const identityFields = {
  name: one(1, text),
  namespace: one(3, text),
  uid: one(5, text),
  creationTimestamp: one(8, time),
  deletionTimestamp: one(9, time),
  labels: map(11, text),
  ownerReferences: list(13, ownerReferenceShape),
  finalizers: list(14, text),
};

/** Who an object is and whose; without its annotations and managed fields, which are large. */
export const identityShape = shape(identityFields);
export type ObjectIdentity = ValueOf<typeof identityShape>;

/** metav1.ObjectMeta; resourceVersion is not stored, it is the row's mod revision. */
export const metadataShape = shape({
  ...identityFields,
  annotations: map(12, text),
  managedFields: list(17, shape({ manager: one(1, text), time: one(4, time) })),
});
export type ObjectMetadata = ValueOf<typeof metadataShape>;

/** Field 1 of every stored object. */
export const objectShape = shape({ metadata: one(1, metadataShape) });

/**
 * The metadata of a stored object; null when the value is encrypted, damaged, or of a kind
 * without metadata.
 */
export function readMetadata(envelope: Envelope): ObjectMetadata | null {
  return decode(objectShape, envelope)?.metadata ?? null;
}

const identifiedShape = shape({ metadata: one(1, identityShape) });

/** Like readMetadata, without annotations and managed fields. */
export function readIdentity(envelope: Envelope): ObjectIdentity | null {
  return decode(identifiedShape, envelope)?.metadata ?? null;
}
