import { stringify } from 'yaml';
import type { Envelope } from '../../objects/envelope.ts';
import { readMetadata } from '../../objects/metadata.ts';

/**
 * A stored object for a person. JSON values come whole, without managed fields; of protobuf values
 * only type and metadata are decoded. What is in a Secret is never shown, only how long it is.
 */
export function redactedYaml(envelope: Envelope): string {
  if (envelope.encoding !== 'json') return stringify(headOf(envelope));
  const object: unknown = JSON.parse(Buffer.from(envelope.body ?? []).toString('utf8'));
  return stringify(envelope.kind === 'Secret' ? headOf(envelope) : withoutManagedFields(object));
}

function headOf(envelope: Envelope) {
  const metadata = readMetadata(envelope);
  if (metadata === null) return { encoding: envelope.encoding, encryption: envelope.encryption };
  const { managedFields, labels, annotations, ...rest } = metadata;
  // kubectl apply leaves the whole object, a Secret's data included, in an annotation.
  annotations.delete('kubectl.kubernetes.io/last-applied-configuration');
  return {
    apiVersion: envelope.apiVersion,
    kind: envelope.kind,
    metadata: {
      ...rest,
      labels: Object.fromEntries(labels),
      annotations: Object.fromEntries(annotations),
      lastWrites: managedFields,
    },
  };
}

function withoutManagedFields(object: unknown): unknown {
  if (typeof object !== 'object' || object === null || !('metadata' in object)) return object;
  const { metadata } = object;
  if (typeof metadata !== 'object' || metadata === null) return object;
  const { managedFields: _, ...rest } = metadata as { managedFields?: unknown };
  return { ...object, metadata: rest };
}
