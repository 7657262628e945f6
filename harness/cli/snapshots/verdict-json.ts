import type { Finding } from '../../model/finding.ts';
import type { SnapshotVerdict } from '../../model/verdict.ts';
import type { ResourceCount } from '../../objects/resource-counts.ts';
import type { EncryptionKeyUse, SnapshotJudgement } from '../../snapshot/judge.ts';
import type { SnapshotAlarm, SnapshotMember, SnapshotReading } from '../../snapshot/reading.ts';

/** One file of `verify --json`; members are only ever added. */
export interface SnapshotReport {
  file: string;
  verdict: SnapshotVerdict;
  /** `gzip` or `zstd` when the file was compressed and its content was judged. */
  compression: string | null;
  findings: Finding[];
  sha256: { present: boolean; valid: boolean | null };
  hash: number | null;
  revision: number;
  totalKeys: number;
  liveKeys: number;
  sizeBytes: number;
  members: SnapshotMember[];
  alarms: SnapshotAlarm[];
  authEnabled: boolean;
  storageVersion: string | null;
  clusterVersion: string | null;
  /** RFC 3339: the time to judge ages and certificates by. */
  asOf: string;
  /** RFC 3339; null when nothing in the store carries a time. */
  newestWrite: string | null;
  resources: ResourceCount[];
  encryptionKeys: EncryptionKeyUse[];
}

/** An input that could not be judged at all. */
export interface Unreadable {
  file: string;
  why: string;
}

export function reportOf(
  reading: SnapshotReading,
  judged: SnapshotJudgement,
  how: { asOfMs: number; compression: string | null },
): SnapshotReport {
  const { figures, identity } = reading;
  return {
    file: reading.file,
    verdict: judged.verdict,
    compression: how.compression,
    findings: judged.findings,
    sha256: { present: judged.trailer.present, valid: judged.trailer.valid },
    hash: figures.hash,
    revision: figures.revision,
    totalKeys: figures.totalKeys,
    liveKeys: figures.liveKeys,
    sizeBytes: figures.sizeBytes,
    members: identity.members,
    alarms: identity.alarms,
    authEnabled: identity.authEnabled,
    storageVersion: identity.storageVersion,
    clusterVersion: identity.clusterVersion,
    asOf: new Date(how.asOfMs).toISOString(),
    newestWrite: judged.newestWriteMs === null ? null : timeText(judged.newestWriteMs),
    resources: judged.resources,
    encryptionKeys: judged.encryptionKeys,
  };
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
