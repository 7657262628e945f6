import type { ObjectRef } from '../model/finding.ts';
import type { Inventory, InventoryEntry, KeyEntry } from './inventory.ts';
import { COMPACTION_KEY, isVolatile } from './object-key.ts';

/** What became of one key between two inventories. */
export interface DiffEntry {
  key: string;
  /** null for a key that is no Kubernetes object. */
  object: ObjectRef | null;
  before: KeyEntry | null;
  after: KeyEntry | null;
  /** Changes without anybody's doing: events, leases, kube-apiserver's bookkeeping. */
  volatile: boolean;
  /** The same name, another object. */
  uidChanged: boolean;
}

/**
 * Every difference is in exactly one list. The words are those of a restore, where `before` is the
 * live store and `after` the restored one; between two snapshots of one cluster `lost` reads as
 * removed, and `resurrected` and `reverted` stay empty.
 */
export interface InventoryDiff {
  /** Only before. */
  lost: DiffEntry[];
  /** Only after, although it was made before `before` was taken: it had been deleted and is back. */
  resurrected: DiffEntry[];
  /** The same object in an older state. */
  reverted: DiffEntry[];
  /** Deleted and made again in between: another create revision. */
  recreated: DiffEntry[];
  /** The same object with other content. */
  changed: DiffEntry[];
  /** Only after, and new. */
  added: DiffEntry[];
  /** The same content, written again or with another lease. */
  rewritten: DiffEntry[];
}

export interface DiffOptions {
  /**
   * Revision of the snapshot that `after` was restored from. With it an object made after an
   * unbumped restore, whose revisions are used twice, is told from a resurrected one.
   */
  restoredFromRevision?: number;
}

/** Compares by key, create and mod revision, and content hash; nothing is decoded. */
export function diffInventories(
  before: Inventory,
  after: Inventory,
  options: DiffOptions = {},
): InventoryDiff {
  const diff: InventoryDiff = {
    lost: [],
    resurrected: [],
    reverted: [],
    recreated: [],
    changed: [],
    added: [],
    rewritten: [],
  };
  const knownRevision = Math.min(before.revision, options.restoredFromRevision ?? before.revision);
  const missing = new Map(keysOf(before));
  for (const [key, now] of keysOf(after)) {
    const then = missing.get(key);
    missing.delete(key);
    const kind = classify(then, now, knownRevision);
    if (kind !== null) diff[kind].push(diffEntry(then, now));
  }
  for (const gone of missing.values()) diff.lost.push(diffEntry(gone, undefined));
  return diff;
}

type AnyEntry = KeyEntry | InventoryEntry;

function* keysOf(inventory: Inventory): Generator<[string, AnyEntry]> {
  for (const entry of inventory.entries) yield [entry.key, entry];
  for (const entry of inventory.plainKeys) yield [entry.key, entry];
}

function classify(
  then: KeyEntry | undefined,
  now: KeyEntry,
  knownRevision: number,
): keyof InventoryDiff | null {
  if (then === undefined) return now.createRevision <= knownRevision ? 'resurrected' : 'added';
  if (then.createRevision !== now.createRevision) return 'recreated';
  if (now.modRevision < then.modRevision) return 'reverted';
  if (then.contentHash !== now.contentHash) return 'changed';
  if (then.modRevision !== now.modRevision || then.leased !== now.leased) return 'rewritten';
  return null;
}

function diffEntry(before: AnyEntry | undefined, after: AnyEntry | undefined): DiffEntry {
  const entry = after ?? before;
  const key = entry?.key ?? '';
  const object = entry !== undefined && isObject(entry) ? refOf(entry) : null;
  return {
    key,
    object,
    before: before ?? null,
    after: after ?? null,
    volatile: object === null ? key === COMPACTION_KEY : isVolatile(object),
    uidChanged: uidChanged(before, after),
  };
}

function isObject(entry: AnyEntry): entry is InventoryEntry {
  return 'resource' in entry;
}

function refOf({ group, resource, namespace, name }: InventoryEntry): ObjectRef {
  return { group, resource, namespace, name };
}

/** Unreadable uids (encrypted values) prove nothing. */
function uidChanged(before: AnyEntry | undefined, after: AnyEntry | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  if (!isObject(before) || !isObject(after)) return false;
  return before.uid !== null && after.uid !== null && before.uid !== after.uid;
}

/** How many differences there are, the volatile ones left out. */
export function steadyDifferences(diff: InventoryDiff): number {
  return Object.values(diff)
    .flat()
    .filter((entry: DiffEntry) => !entry.volatile).length;
}

/**
 * Keys that prove that two stores do not share one history (a split brain, or a restore without
 * bump between them): what the newer one has not written since the older one's revision, the older
 * one must hold as the very same bytes; what it made before, the older one must hold.
 */
export function divergentKeys(one: Inventory, other: Inventory): string[] {
  const [older, newer] = one.revision <= other.revision ? [one, other] : [other, one];
  const held = new Map(keysOf(older));
  const divergent: string[] = [];
  for (const [key, entry] of keysOf(newer)) {
    if (entry.createRevision > older.revision) continue;
    const then = held.get(key);
    const same =
      entry.modRevision > older.revision
        ? then?.createRevision === entry.createRevision
        : then?.modRevision === entry.modRevision && then.contentHash === entry.contentHash;
    if (!same) divergent.push(key);
  }
  return divergent;
}
