import type { Envelope } from './envelope.ts';
import { readMetadata } from './metadata.ts';
import { bufferOver, FieldCursor } from './wire.ts';

/** What a look over an object's metadata tells without decoding it. */
export interface Glance {
  /** null when the value does not say it. */
  name: string | null;
  namespace: string | null;
  uid: string | null;
  /** Whether a full look (readMetadata) is worth it. */
  owned: boolean;
  deleting: boolean;
  /** The newest of its creation and managed-field times, ms since 1970; 0 when there is none. */
  newestWriteMs: number;
}

/** Numbers in metav1.ObjectMeta. */
const NAME = 1;
const NAMESPACE = 3;
const UID = 5;
const CREATION_TIME = 8;
const DELETION_TIME = 9;
const OWNER_REFERENCES = 13;
const MANAGED_FIELDS = 17;
/** In metav1.ManagedFieldsEntry. */
const MANAGED_TIME = 4;

/** null when the object's fields do not fit into the value, or it is not JSON: damaged. */
export function glance(envelope: Envelope): Glance | null {
  if (envelope.encoding === 'json') return glanceJson(envelope);
  if (envelope.encoding !== 'protobuf') return NOTHING;
  if (envelope.body === null || envelope.problem !== null) return null;
  return glanceProtobuf(envelope.body);
}

const NOTHING: Glance = {
  name: null,
  namespace: null,
  uid: null,
  owned: false,
  deleting: false,
  newestWriteMs: 0,
};

function glanceProtobuf(body: Uint8Array): Glance | null {
  const seen = { ...NOTHING };
  const object = new FieldCursor(body);
  while (object.next()) {
    if (object.fieldNo !== 1 || object.wireType !== 2) continue;
    const metadata = new FieldCursor(body, object.start, object.stop);
    while (metadata.next()) {
      if (metadata.wireType === 2) note(seen, body, metadata);
    }
    // Kinds without metadata have something else in field 1: what does not fit there is not damage.
    if (metadata.malformed) return { ...NOTHING };
  }
  return object.malformed ? null : seen;
}

function note(seen: Glance, body: Uint8Array, at: FieldCursor): void {
  if (at.fieldNo === UID) seen.uid = textAt(body, at);
  else if (at.fieldNo === NAME) seen.name = textAt(body, at);
  else if (at.fieldNo === NAMESPACE) seen.namespace = textAt(body, at);
  else if (at.fieldNo === DELETION_TIME) seen.deleting = true;
  else if (at.fieldNo === OWNER_REFERENCES) seen.owned = true;
  else if (at.fieldNo === CREATION_TIME) keepNewest(seen, secondsAt(body, at.start, at.stop));
  else if (at.fieldNo === MANAGED_FIELDS) {
    const entry = new FieldCursor(body, at.start, at.stop);
    while (entry.next()) {
      if (entry.fieldNo === MANAGED_TIME && entry.wireType === 2)
        keepNewest(seen, secondsAt(body, entry.start, entry.stop));
    }
  }
}

/** Go writes the empty string of what is not set. */
function textAt(body: Uint8Array, at: FieldCursor): string | null {
  return at.start === at.stop ? null : bufferOver(body).toString('utf8', at.start, at.stop);
}

function keepNewest(seen: Glance, seconds: number): void {
  if (seconds * 1000 > seen.newestWriteMs) seen.newestWriteMs = seconds * 1000;
}

/** metav1.Time {seconds 1}. */
function secondsAt(body: Uint8Array, start: number, stop: number): number {
  const time = new FieldCursor(body, start, stop);
  return time.next() && time.fieldNo === 1 && time.wireType === 0 ? time.varint() : 0;
}

function glanceJson(envelope: Envelope): Glance | null {
  const metadata = readMetadata(envelope);
  if (metadata === null) return envelope.problem === null && isJson(envelope) ? NOTHING : null;
  const times = [metadata.creationTimestamp, ...metadata.managedFields.map((entry) => entry.time)];
  const known = times.filter((time) => time !== undefined).map((time) => Date.parse(time));
  return {
    name: metadata.name || null,
    namespace: metadata.namespace || null,
    uid: metadata.uid || null,
    owned: metadata.ownerReferences.length > 0,
    deleting: metadata.deletionTimestamp !== undefined,
    newestWriteMs: Math.max(0, ...known),
  };
}

function isJson(envelope: Envelope): boolean {
  try {
    JSON.parse(bufferOver(envelope.body ?? new Uint8Array()).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
