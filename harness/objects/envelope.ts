import { bufferOver, FieldCursor } from './wire.ts';

export type Encoding = 'protobuf' | 'json' | 'encrypted' | 'cbor' | 'unknown';

/** How a stored value is wrapped; its content is not decoded. */
export interface Envelope {
  encoding: Encoding;
  /** `apps/v1`; null when the wrapping does not tell (encrypted, unknown, damaged). */
  apiVersion: string | null;
  kind: string | null;
  /** The object message (protobuf) or the text (JSON); null for the others. A view, not a copy. */
  body: Uint8Array | null;
  /** For encrypted values: `aescbc:v1` and the key's or the KMS provider's name. */
  encryption: { scheme: string; keyName: string } | null;
  /** Why a value that starts like protobuf or JSON is not one. */
  problem: string | null;
}

const ENCRYPTED_START = 'k8s:enc:';
/** Scheme, version and key name stand in the first bytes; a longer head is nobody's. */
const ENCRYPTED_HEAD_BYTES_MAX = 512;

/**
 * Recognises the storage forms of kube-apiserver. Never throws; costs no more than the few bytes
 * it looks at, except for JSON whose first members are not apiVersion and kind.
 * Source: apimachinery runtime/serializer/protobuf, apiserver storage/value.
 */
export function readEnvelope(value: Uint8Array): Envelope {
  if (startsWith(value, 0x6b, 0x38, 0x73, 0x00)) return protobufEnvelope(value);
  if (value[0] === 0x7b) return jsonEnvelope(value);
  if (startsWith(value, 0x6b, 0x38, 0x73, 0x3a)) return encryptedEnvelope(value);
  if (startsWith(value, 0xd9, 0xd9, 0xf7)) return empty('cbor', null);
  return empty('unknown', null);
}

/** `protobuf`, `json`, `encrypted:aescbc:v1:key1`: one word for counting. */
export function encodingLabel(envelope: Envelope): string {
  return envelope.encryption === null
    ? envelope.encoding
    : `encrypted:${envelope.encryption.scheme}:${envelope.encryption.keyName}`;
}

function startsWith(value: Uint8Array, ...bytes: number[]): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (value[index] !== bytes[index]) return false;
  }
  return true;
}

function empty(encoding: Encoding, problem: string | null): Envelope {
  return { encoding, apiVersion: null, kind: null, body: null, encryption: null, problem };
}

/** runtime.Unknown: typeMeta 1 {apiVersion 1, kind 2}, raw 2, contentEncoding 3, contentType 4. */
function protobufEnvelope(value: Uint8Array): Envelope {
  const envelope = empty('protobuf', null);
  const cursor = new FieldCursor(value, 4);
  while (cursor.next()) {
    if (cursor.wireType !== 2) continue;
    if (cursor.fieldNo === 1) {
      const type = typeMetaOf(value, cursor.start, cursor.stop);
      envelope.apiVersion = type.apiVersion || null;
      envelope.kind = type.kind || null;
      if (type.malformed) envelope.problem = 'its type does not decode';
    } else if (cursor.fieldNo === 2) {
      envelope.body = value.subarray(cursor.start, cursor.stop);
    }
  }
  if (cursor.malformed) envelope.problem = 'its protobuf wrapping does not decode';
  else if (envelope.body === null) envelope.body = value.subarray(value.length);
  if (envelope.problem === null && envelope.kind === null) envelope.problem = 'it names no kind';
  return envelope;
}

interface TypeMeta {
  apiVersion: string | null;
  kind: string | null;
  malformed: boolean;
}

/** Neighbouring rows are mostly of one type: remembering the last one saves its strings. */
let lastTypeBytes = Buffer.alloc(0);
let lastType: TypeMeta = { apiVersion: null, kind: null, malformed: true };

function typeMetaOf(value: Uint8Array, start: number, stop: number): TypeMeta {
  const buffer = bufferOver(value);
  if (
    stop - start === lastTypeBytes.length &&
    lastTypeBytes.compare(buffer, start, stop) === 0 &&
    !lastType.malformed
  )
    return lastType;
  const type: TypeMeta = { apiVersion: null, kind: null, malformed: false };
  const cursor = new FieldCursor(value, start, stop);
  while (cursor.next()) {
    if (cursor.wireType !== 2) continue;
    if (cursor.fieldNo === 1) type.apiVersion = buffer.toString('utf8', cursor.start, cursor.stop);
    if (cursor.fieldNo === 2) type.kind = buffer.toString('utf8', cursor.start, cursor.stop);
  }
  type.malformed = cursor.malformed;
  lastTypeBytes = Buffer.from(buffer.subarray(start, stop));
  lastType = type;
  return type;
}

/** kube-apiserver writes apiVersion and kind first, in either order. */
const JSON_HEAD = /^\{"(apiVersion|kind)":"([^"\\]*)","(apiVersion|kind)":"([^"\\]*)"/;
const JSON_HEAD_BYTES_MAX = 512;

function jsonEnvelope(value: Uint8Array): Envelope {
  const envelope = { ...empty('json', null), body: value };
  const buffer = bufferOver(value);
  const head = JSON_HEAD.exec(buffer.toString('utf8', 0, JSON_HEAD_BYTES_MAX));
  if (head !== null && head[1] !== head[3]) {
    const [apiVersion, kind] = head[1] === 'kind' ? [head[4], head[2]] : [head[2], head[4]];
    return { ...envelope, apiVersion: apiVersion ?? null, kind: kind ?? null };
  }
  try {
    const parsed: unknown = JSON.parse(buffer.toString('utf8'));
    const apiVersion = textMember(parsed, 'apiVersion');
    const kind = textMember(parsed, 'kind');
    const problem = kind === null ? 'it names no kind' : null;
    return { ...envelope, apiVersion, kind, problem };
  } catch {
    return { ...envelope, problem: 'it is not JSON' };
  }
}

function textMember(parsed: unknown, name: string): string | null {
  if (typeof parsed !== 'object' || parsed === null) return null;
  const member: unknown = Reflect.get(parsed, name);
  return typeof member === 'string' ? member : null;
}

/** `k8s:enc:<scheme>:v1:<key name>:` for static keys, `k8s:enc:kms:v2:<provider>:` for KMS. */
function encryptedEnvelope(value: Uint8Array): Envelope {
  const head = bufferOver(value).toString('latin1', 0, ENCRYPTED_HEAD_BYTES_MAX);
  const [scheme, version, keyName, ...rest] = head.slice(ENCRYPTED_START.length).split(':');
  if (!head.startsWith(ENCRYPTED_START) || rest.length === 0) return empty('unknown', null);
  return {
    ...empty('encrypted', null),
    encryption: { scheme: `${scheme}:${version}`, keyName: keyName ?? '' },
  };
}

/** The bytes after `k8s:enc:<scheme>:<version>:<key name>:`. */
export function encryptedPayload(
  value: Uint8Array,
  encryption: { scheme: string; keyName: string },
) {
  return value.subarray(
    ENCRYPTED_START.length + encryption.scheme.length + encryption.keyName.length + 2,
  );
}
