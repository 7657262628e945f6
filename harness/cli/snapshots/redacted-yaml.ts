import { stringify } from 'yaml';
import { type Envelope, encodingLabel } from '../../objects/envelope.ts';
import * as kinds from '../../objects/kinds.ts';
import { readMetadata } from '../../objects/metadata.ts';
import { decode, type Shape } from '../../objects/shape.ts';
import { printable } from './printable.ts';

type Members = Record<string, unknown>;

/** Of these protobuf values the members that hazards and checks are judged by are known. */
const PARTLY_KNOWN: Readonly<Record<string, Shape<Members>>> = {
  APIService: kinds.apiServiceShape,
  CronJob: kinds.cronJobShape,
  CustomResourceDefinition: kinds.customResourceDefinitionShape,
  Endpoints: kinds.endpointsShape,
  EndpointSlice: kinds.endpointSliceShape,
  IPAddress: kinds.ipAddressShape,
  Job: kinds.jobShape,
  Lease: kinds.leaseShape,
  MutatingWebhookConfiguration: kinds.webhookConfigurationShape,
  Namespace: kinds.namespaceShape,
  PersistentVolume: kinds.persistentVolumeShape,
  PersistentVolumeClaim: kinds.persistentVolumeClaimShape,
  Pod: kinds.podShape,
  RangeAllocation: kinds.rangeAllocationShape,
  Service: kinds.serviceShape,
  ValidatingWebhookConfiguration: kinds.webhookConfigurationShape,
};

const UNMANAGED = 'managed fields are left out';

/**
 * A stored object for a person, under a comment that says what is left out. JSON values and
 * ConfigMaps come whole; of other protobuf values what is known of their kind. What is in a Secret
 * is never shown, only how long it is.
 */
export function redactedYaml(envelope: Envelope): string {
  const { encoding, kind, problem } = envelope;
  if (problem !== null) return commented(`it does not decode: ${problem}`, { encoding });
  if (kind === 'Secret') return secretYaml(envelope);
  if (encoding === 'json') return jsonYaml(envelope);
  if (encoding !== 'protobuf') {
    const why = encoding === 'encrypted' ? 'encrypted' : 'neither protobuf nor JSON';
    return commented(`not shown: ${why}`, { encoding: encodingLabel(envelope) });
  }
  if (kind === 'ConfigMap') return protobufYaml(envelope, kinds.configMapShape, UNMANAGED);
  const known = PARTLY_KNOWN[kind ?? ''];
  return known === undefined
    ? commented('only its type and metadata are decoded from protobuf', headOf(envelope))
    : protobufYaml(
        envelope,
        known,
        'members that no check looks at are left out, and managed fields',
      );
}

function secretYaml(envelope: Envelope): string {
  const secret = decode(kinds.secretShape, envelope);
  if (secret === null) return commented('its fields do not decode', headOf(envelope));
  const sizes = [...secret.data.values()].map(({ length }) => length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const content = { ...headOf(envelope), type: secret.type };
  return commented(`data is never shown (values: ${sizes.length}, bytes: ${bytes})`, content);
}

function jsonYaml(envelope: Envelope): string {
  let object: unknown;
  try {
    object = JSON.parse(Buffer.from(envelope.body ?? []).toString('utf8'));
  } catch {
    return commented('it does not decode: it is not JSON', { encoding: envelope.encoding });
  }
  // Of two members `kind` the parser takes the last, the envelope the first.
  const secret = isMembers(object) && object.kind === 'Secret';
  if (secret) return commented('data is never shown', headOf(envelope));
  return commented(UNMANAGED, withoutManagedFields(object));
}

function protobufYaml(envelope: Envelope, shape: Shape<Members>, leftOut: string): string {
  const value = decode(shape, envelope);
  if (value === null) return commented('its fields do not decode', headOf(envelope));
  const { metadata: _, ...members } = value;
  const shown = plain(members);
  return commented(leftOut, { ...headOf(envelope), ...(isMembers(shown) ? shown : {}) });
}

function commented(comment: string, content: unknown): string {
  return `# ${printable(comment)}\n${stringify(content)}`;
}

function headOf(envelope: Envelope): Members {
  const { apiVersion, kind } = envelope;
  const metadata = readMetadata(envelope);
  if (metadata === null) return { apiVersion, kind };
  const { managedFields: _, ...rest } = metadata;
  // kubectl apply leaves the whole object, a Secret's data included, in an annotation.
  if (kind === 'Secret')
    rest.annotations.delete('kubectl.kubernetes.io/last-applied-configuration');
  return { apiVersion, kind, metadata: plain(rest) };
}

/** What YAML has a form for: maps as objects, bytes as base64; nothing for what is not there. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(plain);
  if (!isMembers(value)) return value;
  const members = value instanceof Map ? [...value] : Object.entries(value);
  const shown = members
    // In a webhook's rule the API has its members one level higher than protobuf.
    .flatMap(([name, each]) =>
      name === 'rule' && isMembers(each) ? Object.entries(each) : [[name, each]],
    )
    .map(([name, each]) => [name, plain(each)] as const)
    // Go writes the empty namespace of a cluster-scoped object; kubectl does not show it.
    .filter(([name, each]) => each !== undefined && !(name === 'namespace' && each === ''));
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function withoutManagedFields(object: unknown): unknown {
  if (!isMembers(object) || !isMembers(object.metadata)) return object;
  const { managedFields: _, ...rest } = object.metadata;
  return { ...object, metadata: rest };
}
