import { crc32c } from '@node-rs/crc32';
import { environmentError } from '../../support/errors.ts';
import { checkFreelist } from '../bolt/freelist.ts';
import type { BoltMeta } from '../bolt/meta.ts';
import { PageWindow } from '../bolt/page-window.ts';
import { BoltTree, type LeafPage } from '../bolt/tree.ts';
import type { ByteSource } from '../byte-source.ts';
import { DamageLog } from '../damage.ts';
import type { KeyRevision, SnapshotIdentity } from '../reading.ts';
import { bucketRowVisitor } from './bucket-rows.ts';
import { emptyIdentity, readIdentityRow } from './identity-rows.ts';
import { KeyHistory } from './key-history.ts';
import { type Compaction, RevisionRows } from './revision-rows.ts';
import { checkBucketNames, readTopBuckets, type TopBucket, walkBucket } from './top-buckets.ts';

/**
 * Rows of buckets other than `key`: leases, mostly. Bounds the memory that a crafted file can
 * take.
 */
const SIDE_ROWS_MAX = 1_000_000;
/** Of one such row; etcd's are a few hundred bytes. */
const SIDE_ROW_BYTES_MAX = 4 << 20;

export interface StoreContent {
  /** Whether every page and row was read. */
  complete: boolean;
  /** CRC-32C over names, keys and values of all buckets; null unless complete. */
  hash: number | null;
  bucketRows: Record<string, number>;
  identity: SnapshotIdentity;
  revisions: RevisionRows;
}

/** What a file has of an etcd store, and how to walk it again. */
export class StoreFile {
  readonly #source: ByteSource;
  readonly #bodyBytes: number;
  readonly #meta: BoltMeta;

  constructor(source: ByteSource, bodyBytes: number, meta: BoltMeta) {
    this.#source = source;
    this.#bodyBytes = bodyBytes;
    this.#meta = meta;
  }

  /** Reads every page and every row once. */
  read(damage: DamageLog): StoreContent {
    const compaction = this.#compaction();
    const { windows, tree } = this.#open(damage);
    const buckets = readTopBuckets(tree, this.#meta, damage);
    if (tree.complete) checkBucketNames(buckets, damage);
    const identity = emptyIdentity();
    const revisions = new RevisionRows(compaction, damage);
    const bucketRows: Record<string, number> = {};
    let hash = 0;
    for (const bucket of buckets) {
      const rows = bucket.name === 'key' ? null : sideRows(bucket, tree, identity, damage);
      let count = 0;
      hash = crc32c(bucket.nameBytes, hash);
      walkBucket(tree, bucket, (leaf) => {
        hash = hashLeaf(leaf, hash);
        count += leaf.count;
        if (rows === null) revisions.visitLeaf(leaf);
        else if (count > SIDE_ROWS_MAX) throw tooManyRows(bucket.name);
        else rows(leaf);
      });
      bucketRows[bucket.name] = count;
    }
    const { freelistPage, pageCount } = this.#meta;
    if (freelistPage !== null) checkFreelist(windows, tree, freelistPage, pageCount, damage);
    const complete = tree.complete;
    return { complete, hash: complete ? hash : null, bucketRows, identity, revisions };
  }

  /** Every revision of one key. Walks bucket `key` again. */
  history(key: Uint8Array): KeyRevision[] {
    const history = new KeyHistory(key);
    this.#walkAgain('key', (leaf) => history.visitLeaf(leaf));
    return history.revisions;
  }

  /** Rows are judged by it, and bucket `meta` comes after `key`: it is looked up first. */
  #compaction(): Compaction {
    const unheard = new DamageLog();
    const identity = emptyIdentity();
    const rows = bucketRowVisitor('meta', unheard, (key, value) =>
      readIdentityRow('meta', key, value, identity, unheard),
    );
    this.#walkAgain('meta', rows);
    const scheduled = identity.scheduledCompactRevision ?? 0;
    const finished = identity.finishedCompactRevision ?? 0;
    return { revision: Math.max(scheduled, finished), finished: finished >= scheduled };
  }

  /** Damage was noted by `read`. */
  #walkAgain(name: string, visit: (leaf: LeafPage) => void): void {
    const unheard = new DamageLog();
    const { tree } = this.#open(unheard);
    for (const bucket of readTopBuckets(tree, this.#meta, unheard))
      if (bucket.name === name) walkBucket(tree, bucket, visit);
  }

  #open(damage: DamageLog): { windows: PageWindow; tree: BoltTree } {
    const { pageSize, pageCount } = this.#meta;
    const windows = new PageWindow(this.#source, this.#bodyBytes, pageSize);
    return { windows, tree: new BoltTree(windows, pageSize, pageCount, damage) };
  }
}

function sideRows(
  bucket: TopBucket,
  tree: BoltTree,
  identity: SnapshotIdentity,
  damage: DamageLog,
): (leaf: LeafPage) => void {
  return bucketRowVisitor(bucket.name, damage, (key, value, isBucket) => {
    if (isBucket) tree.complete = false;
    if (isBucket || key.length + value.length > SIDE_ROW_BYTES_MAX)
      damage.note('row-undecodable', `bucket ${bucket.name}`, 'a bucket or a huge row is in it');
    else readIdentityRow(bucket.name, key, value, identity, damage);
  });
}

/** Keys and values lie behind each other without gaps, so one call takes a whole leaf. */
function hashLeaf({ bytes, dataStart, dataEnd }: LeafPage, hash: number): number {
  return dataEnd === dataStart ? hash : crc32c(bytes.subarray(dataStart, dataEnd), hash);
}

function tooManyRows(bucket: string) {
  return environmentError(
    `hold bucket ${bucket} in memory`,
    `it has more than ${SIDE_ROWS_MAX} rows`,
    'etcdutl snapshot status',
  );
}
