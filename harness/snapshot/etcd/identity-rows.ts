import type { DamageLog } from '../damage.ts';
import type { SnapshotIdentity, SnapshotLease } from '../reading.ts';

const REVISION_BYTES = 17;

type RowReader = (key: Buffer, value: Buffer, identity: SnapshotIdentity) => boolean;

export function emptyIdentity(): SnapshotIdentity {
  return {
    members: [],
    membersRemoved: [],
    alarms: [],
    leases: [],
    authEnabled: false,
    authUsers: [],
    authRoles: [],
    clusterVersion: null,
    storageVersion: null,
    consistentIndex: null,
    term: null,
    scheduledCompactRevision: null,
    finishedCompactRevision: null,
  };
}

/** One reader a bucket (server/storage/schema of etcd); false: the row is not what etcd writes. */
const READERS: Readonly<Record<string, RowReader>> = {
  meta: readMetaRow,
  cluster: readClusterRow,
  members: readMemberRow,
  members_removed: (key, _value, identity) => {
    const id = memberId(key);
    if (id !== null) identity.membersRemoved.push(id);
    return id !== null;
  },
  alarm: readAlarmRow,
  lease: readLeaseRow,
  auth: (key, value, identity) => {
    const name = key.toString('latin1');
    if (name === 'authEnabled') identity.authEnabled = value[0] === 1;
    return name !== 'authEnabled' || (value.length === 1 && (value[0] ?? 2) <= 1);
  },
  authUsers: (key, _value, identity) => identity.authUsers.push(key.toString('utf8')) > 0,
  authRoles: (key, _value, identity) => identity.authRoles.push(key.toString('utf8')) > 0,
};

/** Takes one row of a bucket other than `key` into the identity. */
export function readIdentityRow(
  bucket: string,
  key: Buffer,
  value: Buffer,
  identity: SnapshotIdentity,
  damage: DamageLog,
): void {
  if (READERS[bucket]?.(key, value, identity) ?? true) return;
  const name = key
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 64);
  damage.note('row-undecodable', `bucket ${bucket}, key ${name}`, 'etcd writes no such row');
}

function readMetaRow(key: Buffer, value: Buffer, identity: SnapshotIdentity): boolean {
  switch (key.toString('latin1')) {
    case 'consistent_index':
      if (value.length !== 8) return false;
      identity.consistentIndex = Number(value.readBigUInt64BE());
      return true;
    case 'term':
      if (value.length !== 8) return false;
      identity.term = Number(value.readBigUInt64BE());
      return true;
    case 'scheduledCompactRev':
      identity.scheduledCompactRevision = mainRevision(value);
      return identity.scheduledCompactRevision !== null;
    case 'finishedCompactRev':
      identity.finishedCompactRevision = mainRevision(value);
      return identity.finishedCompactRevision !== null;
    case 'storageVersion':
      identity.storageVersion = version(value);
      return identity.storageVersion !== null;
    case 'confState':
      return parsed(value) !== undefined;
    default:
      return true;
  }
}

function readClusterRow(key: Buffer, value: Buffer, identity: SnapshotIdentity): boolean {
  if (key.toString('latin1') !== 'clusterVersion') return true;
  identity.clusterVersion = version(value);
  return identity.clusterVersion !== null;
}

function readMemberRow(key: Buffer, value: Buffer, identity: SnapshotIdentity): boolean {
  const id = memberId(key);
  const stored = parsed(value);
  if (id === null || typeof stored !== 'object' || stored === null) return false;
  const member: StoredMember = stored;
  const { id: rounded, name = '', isLearner = false } = member;
  const peerUrls = member.peerURLs ?? [];
  const clientUrls = member.clientURLs ?? [];
  if (typeof name !== 'string' || typeof isLearner !== 'boolean') return false;
  if (!isTexts(peerUrls) || !isTexts(clientUrls)) return false;
  // A 64-bit number, which JSON.parse has rounded: the row's key has it exactly.
  if (Number(BigInt(`0x${id}`)) !== rounded) return false;
  identity.members.push({ id, name, peerUrls, clientUrls, isLearner });
  return true;
}

/** membership.Member of etcd, not yet checked; by hand, for zod takes as long as a small file. */
interface StoredMember {
  id?: unknown;
  name?: unknown;
  peerURLs?: unknown;
  clientURLs?: unknown;
  isLearner?: unknown;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** AlarmMember {memberID 1, alarm 2}, stored as the row's key. */
function readAlarmRow(key: Buffer, _value: Buffer, identity: SnapshotIdentity): boolean {
  const fields = varintFields(key);
  if (fields === null) return false;
  const alarm = Number(fields.get(2) ?? 0n);
  identity.alarms.push({
    memberId: (fields.get(1) ?? 0n).toString(16),
    alarm: alarm === 1 ? 'NOSPACE' : alarm === 2 ? 'CORRUPT' : `unknown ${alarm}`,
  });
  return true;
}

/** Lease {ID 1, TTL 2, RemainingTTL 3}, its id being the row's key as well. */
function readLeaseRow(key: Buffer, value: Buffer, identity: SnapshotIdentity): boolean {
  const fields = varintFields(value);
  if (fields === null || key.length !== 8) return false;
  const id = key.readBigUInt64BE();
  const lease: SnapshotLease = {
    id: id.toString(16).padStart(16, '0'),
    ttlS: Number(fields.get(2) ?? 0n),
  };
  identity.leases.push(lease);
  return fields.get(1) === id;
}

/** A message that has only integers; null when it is something else. */
function varintFields(bytes: Buffer): Map<number, bigint> | null {
  const fields = new Map<number, bigint>();
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    at += 1;
    if ((tag & 7) !== 0 || tag >>> 3 === 0 || fields.has(tag >>> 3)) return null;
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) return null;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields.set(tag >>> 3, value);
  }
  return fields;
}

function memberId(key: Buffer): string | null {
  const id = key.toString('latin1');
  return /^[0-9a-f]{1,16}$/.test(id) ? id : null;
}

function mainRevision(value: Buffer): number | null {
  if (value.length !== REVISION_BYTES || value[8] !== 0x5f) return null;
  const main = Number(value.readBigUInt64BE());
  return Number.isSafeInteger(main) ? main : null;
}

function version(value: Buffer): string | null {
  const text = value.toString('latin1');
  return /^\d{1,3}\.\d{1,3}\.\d{1,3}([-+][\w.+-]{1,40})?$/.test(text) ? text : null;
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}
