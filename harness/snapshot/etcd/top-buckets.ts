import type { BoltMeta } from '../bolt/meta.ts';
import type { BoltTree, LeafVisitor } from '../bolt/tree.ts';
import type { DamageLog } from '../damage.ts';
import { bucketRowVisitor } from './bucket-rows.ts';

/**
 * Where the rows of one of etcd's buckets are: on pages of their own, or inside the parent's row.
 */
export interface TopBucket {
  name: string;
  nameBytes: Buffer;
  rootPage: number;
  inline: Buffer | null;
  /** Where `inline` starts in the file. */
  inlinePosition: number;
}

const HEADER_BYTES = 16;
/** etcd has eleven; bounds what a crafted file can make us hold. */
const BUCKETS_MAX = 256;

const KNOWN: ReadonlySet<string> = new Set([
  'alarm',
  'auth',
  'authRoles',
  'authUsers',
  'cluster',
  'key',
  'lease',
  'members',
  'members_removed',
  'meta',
]);
/** etcd makes the others itself when it starts. */
const NEEDED = ['key', 'meta'];

/** Reads the root of the database: etcd's buckets, in the order of their names. */
export function readTopBuckets(
  tree: BoltTree,
  { rootPage, pageSize }: BoltMeta,
  damage: DamageLog,
): TopBucket[] {
  const buckets: TopBucket[] = [];
  const visit = bucketRowVisitor('(root)', damage, (key, value, isBucket, position) => {
    const name = printable(key);
    // bbolt stores a bucket inline up to a quarter of a page.
    const fits = value.length >= HEADER_BYTES && value.length <= HEADER_BYTES + pageSize;
    if (!isBucket || !fits || buckets.length === BUCKETS_MAX) {
      tree.complete = false;
      damage.note('page-corrupt', `bucket ${name}`, 'the entry in the root is no bucket of etcd');
      return;
    }
    const rootOf = Number(value.readBigUInt64LE(0));
    const stored = value.subarray(HEADER_BYTES);
    if (rootOf !== 0 && stored.length > 0)
      damage.note(
        'page-corrupt',
        `bucket ${name}`,
        'the bucket has a root page and inline rows as well',
      );
    buckets.push({
      name,
      nameBytes: Buffer.from(key),
      rootPage: rootOf,
      inline: rootOf === 0 ? Buffer.from(stored) : null,
      inlinePosition: position + HEADER_BYTES,
    });
  });
  tree.walk(rootPage, visit);
  return buckets;
}

export function walkBucket(tree: BoltTree, bucket: TopBucket, visit: LeafVisitor): void {
  if (bucket.inline === null) tree.walk(bucket.rootPage, visit);
  else tree.walkInline(bucket.inline, bucket.inlinePosition, visit);
}

/**
 * Notes buckets that etcd does not know, and the lack of those that it cannot be started without.
 */
export function checkBucketNames(buckets: readonly TopBucket[], damage: DamageLog): void {
  const names = new Set(buckets.map(({ name }) => name));
  for (const name of NEEDED) {
    if (names.has(name)) continue;
    const others = [...names].slice(0, 12).join(', ') || 'none at all';
    damage.note(
      'bucket-missing',
      `bucket ${name}`,
      `etcd's bucket is not there; buckets: ${others}`,
    );
  }
  for (const name of names) {
    if (!KNOWN.has(name))
      damage.note('bucket-unknown', `bucket ${name}`, 'etcd has no such bucket');
  }
}

function printable(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 64);
}
