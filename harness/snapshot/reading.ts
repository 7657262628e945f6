import type { Finding } from '../model/finding.ts';

/** A member as the file's bucket `members` has it. */
export interface SnapshotMember {
  /** Hexadecimal, as etcdctl prints it. */
  id: string;
  name: string;
  peerUrls: string[];
  clientUrls: string[];
  isLearner: boolean;
}

export interface SnapshotAlarm {
  /** Hexadecimal. */
  memberId: string;
  alarm: 'NOSPACE' | 'CORRUPT' | `unknown ${number}`;
}

export interface SnapshotLease {
  /** Hexadecimal, 16 digits. */
  id: string;
  ttlS: number;
}

/** What etcd keeps beside the keys. */
export interface SnapshotIdentity {
  members: SnapshotMember[];
  /** Hexadecimal ids. */
  membersRemoved: string[];
  alarms: SnapshotAlarm[];
  leases: SnapshotLease[];
  authEnabled: boolean;
  authUsers: string[];
  authRoles: string[];
  /** `3.5.0`, from bucket `cluster`. */
  clusterVersion: string | null;
  /** `3.6.0`, from bucket `meta`; etcd writes it from 3.6 on. */
  storageVersion: string | null;
  consistentIndex: number | null;
  term: number | null;
  scheduledCompactRevision: number | null;
  finishedCompactRevision: number | null;
}

/** Numbers that `etcdutl snapshot status` prints too, and the few that it should. */
export interface SnapshotFigures {
  /** CRC-32C as `snapshot status` computes it; null when not every row could be read. */
  hash: number | null;
  /** Newest main revision in the file; 0 for an empty store. */
  revision: number;
  /**
   * As the tool of the file's own version counts: rows of all buckets up to 3.5, live keys (marker
   * row included) from 3.6 on.
   */
  totalKeys: number;
  /** Rows of all buckets: what `snapshot status` up to 3.5 calls totalKey. */
  totalRows: number;
  /** What `snapshot status` from 3.6 on calls totalKey. */
  totalLiveRows: number;
  /** Keys that a daemon started on this file serves. */
  liveKeys: number;
  /** Rows of bucket `key`: every revision of every key, tombstones included. */
  revisionRows: number;
  tombstones: number;
  /** Rows whose sub revision is not 0. */
  subRevisionRows: number;
  /** Size of the database, without trailer: high-water mark × page size. */
  sizeBytes: number;
  /** Size of the file. */
  fileBytes: number;
  pageSizeBytes: number;
  bucketRows: Record<string, number>;
}

/** The 32 bytes that `snapshot save` appends. */
export interface SnapshotTrailer {
  present: boolean;
  /** null when there is none. */
  valid: boolean | null;
}

/**
 * One live key with its newest value. The object and both views are used again for the next row:
 * copy (`.slice()`) what has to outlive the visit.
 */
export interface LiveRow {
  key: Uint8Array;
  value: Uint8Array;
  createRevision: number;
  modRevision: number;
  version: number;
  /** 0n when the key has no lease. */
  lease: bigint;
}

/** One revision of a key, oldest first in a history. */
export interface KeyRevision {
  mainRevision: number;
  subRevision: number;
  tombstone: boolean;
  createRevision: number;
  version: number;
  lease: bigint;
  /** A copy; empty for a tombstone. */
  value: Uint8Array;
}

export interface ReadingOptions {
  /** What findings call the file; the path by default. */
  displayName?: string;
  /** Revision that the file must have reached: an acknowledged write that must be in it. */
  minRevision?: number;
  /** Version of etcd that the file shall be restored on: `3.5`, `3.6.16`. */
  etcdVersion?: string;
  /** Computes SHA-256 in a worker thread from this size on; the default suits two cores. */
  workerFromBytes?: number;
}

/**
 * A snapshot whose pages and rows have been read once. Holds the file open until `close`.
 * The SHA-256 of a large file is computed beside: only `findings()` and `trailer()` wait for it, so
 * that the objects can be visited in the meantime.
 */
export interface SnapshotReading extends AsyncDisposable {
  readonly file: string;
  /**
   * Whether every page and row could be read: with false, live rows are only what was reachable.
   */
  readonly complete: boolean;
  readonly figures: SnapshotFigures;
  readonly identity: SnapshotIdentity;
  /** Integrity, identity and freshness findings; waits for the SHA-256. */
  findings(): Promise<Finding[]>;
  /** Waits for the SHA-256. */
  trailer(): Promise<SnapshotTrailer>;
  /**
   * Visits every live key once, in the order of the file (not sorted); reads only live rows.
   * The marker row of a bumped restore is not a key and is left out.
   */
  eachLive(visit: (row: LiveRow) => void): void;
  /** Every revision of one key that is still in the file, oldest first. Walks the whole file. */
  history(key: Uint8Array): KeyRevision[];
  close(): Promise<void>;
}
