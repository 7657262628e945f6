import type { BoltMeta } from './bolt/meta.ts';
import type { StoreContent } from './etcd/store.ts';
import { minorOf } from './identity-findings.ts';
import type { SnapshotFigures } from './reading.ts';

export const NO_FIGURES: SnapshotFigures = {
  hash: null,
  revision: 0,
  totalKeys: 0,
  totalRows: 0,
  totalLiveRows: 0,
  liveKeys: 0,
  revisionRows: 0,
  tombstones: 0,
  subRevisionRows: 0,
  sizeBytes: 0,
  fileBytes: 0,
  pageSizeBytes: 0,
  bucketRows: {},
};

/** From 3.6 on `snapshot status` counts live keys (etcd commit 2d377000f), before that rows. */
const LIVE_COUNT_FROM = { major: 3, minor: 6 };

export function figuresOf(
  content: StoreContent,
  meta: BoltMeta,
  fileBytes: number,
): SnapshotFigures {
  const { revisions, bucketRows, identity } = content;
  const totalRows = Object.values(bucketRows).reduce((sum, rows) => sum + rows, 0);
  const totalLiveRows = revisions.live.count + (revisions.marker === null ? 0 : 1);
  const version = minorOf(identity);
  const countsLive =
    version !== null &&
    (version.major > LIVE_COUNT_FROM.major ||
      (version.major === LIVE_COUNT_FROM.major && version.minor >= LIVE_COUNT_FROM.minor));
  return {
    hash: content.hash,
    revision: revisions.revision,
    totalKeys: countsLive ? totalLiveRows : totalRows,
    totalRows,
    totalLiveRows,
    liveKeys: revisions.live.count,
    revisionRows: revisions.rows,
    tombstones: revisions.tombstones,
    subRevisionRows: revisions.subRevisionRows,
    sizeBytes: meta.pageCount * meta.pageSize,
    fileBytes,
    pageSizeBytes: meta.pageSize,
    bucketRows,
  };
}
