import type { Finding } from '../model/finding.ts';
import { snapshotFinding } from './codes.ts';
import type { ReadingOptions, SnapshotFigures, SnapshotIdentity } from './reading.ts';

/** What `snapshot restore` writes when it is given neither a name nor URLs. */
const DEFAULT_MEMBER = { name: 'default', peerUrl: 'http://localhost:2380' };

/** Whose data the file holds, and whether it is recent enough. */
export function identityFindings(
  figures: SnapshotFigures,
  identity: SnapshotIdentity,
  options: ReadingOptions,
): Finding[] {
  return [
    ...freshnessFindings(figures, options),
    ...memberFindings(identity),
    ...alarmFindings(identity),
    ...authFindings(identity),
    ...versionFindings(identity, options.etcdVersion),
  ];
}

function freshnessFindings(figures: SnapshotFigures, options: ReadingOptions): Finding[] {
  const findings: Finding[] = [];
  if (figures.liveKeys === 0)
    findings.push(
      snapshotFinding('empty-store', {
        message: `there is not a single key in the file (revision ${figures.revision})`,
        where: 'bucket key',
      }),
    );
  const wanted = options.minRevision;
  const { revision } = figures;
  if (wanted !== undefined && revision < wanted)
    findings.push(
      snapshotFinding('revision-too-low', {
        message: `the file ends at revision ${revision}, ${wanted - revision} before ${wanted}`,
        where: 'bucket key',
      }),
    );
  return findings;
}

function memberFindings({ members, membersRemoved }: SnapshotIdentity): Finding[] {
  const findings: Finding[] = [];
  for (const { id, name } of members.filter((member) => member.isLearner))
    findings.push(
      snapshotFinding('learner-left-over', {
        message: `member ${name || id} is a learner that was never promoted`,
        where: `bucket members, key ${id}`,
      }),
    );
  const removed = new Set(membersRemoved);
  for (const { id, name } of members.filter((member) => removed.has(member.id)))
    findings.push(
      snapshotFinding('removed-member-present', {
        message: `member ${name || id} is in the list of members and in the list of removed ones`,
        where: `bucket members_removed, key ${id}`,
      }),
    );
  const suspects = members.filter(
    ({ name, peerUrls }) =>
      name === DEFAULT_MEMBER.name && peerUrls.includes(DEFAULT_MEMBER.peerUrl),
  );
  for (const { id } of suspects)
    findings.push(
      snapshotFinding('default-identity', {
        message: `member ${id} came from a restore without --name and URLs: no other member can join it`,
        where: `bucket members, key ${id}`,
      }),
    );
  return findings;
}

function alarmFindings({ alarms, members }: SnapshotIdentity): Finding[] {
  const known = new Set(members.map(({ id }) => id));
  return alarms.map(({ memberId, alarm }) => {
    const where = `bucket alarm, member ${memberId}`;
    if (!known.has(memberId))
      return snapshotFinding('alarm-foreign', {
        message: `alarm ${alarm} of a member that is not in the file stays raised after a restore`,
        where,
      });
    if (alarm === 'CORRUPT')
      return snapshotFinding('alarm-corrupt', {
        message: `etcd had found the data of member ${memberId} corrupt`,
        where,
      });
    return snapshotFinding('alarm-nospace', {
      message: `alarm ${alarm} is raised; after a restore etcd will refuse every write`,
      where,
    });
  });
}

function authFindings({ authEnabled, authUsers }: SnapshotIdentity): Finding[] {
  if (!authEnabled) return [];
  const users = authUsers.slice(0, 5).join(', ');
  return [
    snapshotFinding('auth-enabled', {
      message: `authentication is on, with ${authUsers.length} users (${users})`,
      where: 'bucket auth',
    }),
  ];
}

/** The minor version that the data belongs to: storage version, else cluster version. */
export function minorOf(identity: SnapshotIdentity): { major: number; minor: number } | null {
  return parseMinor(identity.storageVersion ?? identity.clusterVersion);
}

function parseMinor(version: string | null | undefined): { major: number; minor: number } | null {
  const match = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

function versionFindings(identity: SnapshotIdentity, etcdVersion: string | undefined): Finding[] {
  const server = parseMinor(etcdVersion);
  const cluster = parseMinor(identity.clusterVersion);
  const file = minorOf(identity);
  if (server === null || file === null || server.major !== file.major) return [];
  const newest = Math.max(file.minor, cluster?.minor ?? 0);
  const where = identity.storageVersion ? 'bucket meta, key storageVersion' : 'bucket cluster';
  const data = `${file.major}.${newest}`;
  const sentence = `the data are of etcd ${data}, the restore is for ${etcdVersion}`;
  if (newest > server.minor)
    return [snapshotFinding('version-newer', { message: sentence, where })];
  if (server.minor - file.minor > 1)
    return [snapshotFinding('version-skipped', { message: sentence, where })];
  return [];
}
