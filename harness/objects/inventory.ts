import { hash } from 'node:crypto';
import type { ObjectRef } from '../model/finding.ts';
import { type Envelope, encodingLabel, readEnvelope } from './envelope.ts';
import { glance } from './glance.ts';
import { keyText, type ParsedKey, parseObjectKey } from './object-key.ts';
import { compareText, type ResourceCount, ResourceCounter } from './resource-counts.ts';

/** A live row: of a snapshot file, or ranged from a running etcd. Views are fine, nothing is kept. */
export interface StoredRow {
  key: Uint8Array;
  value: Uint8Array;
  createRevision: number;
  modRevision: number;
  version: number;
  /** etcd lease id, 0 for none. */
  lease: bigint;
}

/** A key as the inventory keeps it: enough to say what became of it, never its content. */
export interface KeyEntry {
  key: string;
  createRevision: number;
  modRevision: number;
  leased: boolean;
  /** `protobuf`, `json`, `encrypted:aescbc:v1:<key name>`, `cbor`, `unknown`. */
  encoding: string;
  /** SHA-256 of the stored bytes, base64url. */
  contentHash: string;
  /** Of the stored value. */
  sizeBytes: number;
}

export interface InventoryEntry extends ObjectRef, KeyEntry {
  /** null when it cannot be read, e.g. of an encrypted value. */
  uid: string | null;
}

/** What a store held at one revision. */
export interface Inventory {
  revision: number;
  /** Kubernetes objects and, with group `(internal)`, kube-apiserver's bookkeeping; in key order. */
  entries: InventoryEntry[];
  /** Live keys that are no Kubernetes objects. */
  otherKeys: number;
  plainKeys: KeyEntry[];
}

export interface InventoryOptions {
  /** kube-apiserver's `--etcd-prefix`, mostly `/registry`. */
  prefix: string;
  revision: number;
}

/** @param rows live rows only (no tombstones), in any order. */
export function inventoryOf(rows: Iterable<StoredRow>, options: InventoryOptions): Inventory {
  const builder = new InventoryBuilder();
  for (const row of rows) {
    const key = keyText(row.key);
    builder.add(row, key, parseObjectKey(key, options.prefix), readEnvelope(row.value));
  }
  return builder.finish(options.revision);
}

/** Takes rows one by one from whoever parses keys and values anyway. */
export class InventoryBuilder {
  readonly #entries: InventoryEntry[] = [];
  readonly #plainKeys: KeyEntry[] = [];

  /** @param envelope of the decrypted value where it could be decrypted. */
  add(row: StoredRow, key: string, parsed: ParsedKey | null, envelope: Envelope): void {
    if (parsed === null) this.#plainKeys.push(keyEntry(key, row));
    else this.#entries.push(inventoryEntry(key, row, envelope, parsed));
  }

  /** The inventory in key order. */
  finish(revision: number): Inventory {
    const byKey = (a: KeyEntry, b: KeyEntry) => compareText(a.key, b.key);
    const entries = this.#entries.sort(byKey);
    const plainKeys = this.#plainKeys.sort(byKey);
    return { revision, entries, otherKeys: plainKeys.length, plainKeys };
  }
}

function keyEntry(key: string, row: StoredRow): KeyEntry {
  return {
    key,
    createRevision: row.createRevision,
    modRevision: row.modRevision,
    leased: row.lease !== 0n,
    encoding: encodingLabel(readEnvelope(row.value)),
    contentHash: hash('sha256', row.value, 'base64url'),
    sizeBytes: row.value.length,
  };
}

function inventoryEntry(
  key: string,
  row: StoredRow,
  envelope: Envelope,
  parsed: ParsedKey,
): InventoryEntry {
  return {
    group: groupOf(parsed, envelope),
    resource: parsed.resource,
    namespace: parsed.namespace,
    name: parsed.name,
    uid: glance(envelope)?.uid ?? null,
    ...keyEntry(key, row),
  };
}

/** A built-in that is newer than our table tells its group in its value. */
export function groupOf(parsed: ParsedKey, envelope: Envelope): string {
  if (parsed.origin !== 'unlisted' || envelope.apiVersion === null) return parsed.group;
  const slash = envelope.apiVersion.indexOf('/');
  return slash === -1 ? '' : envelope.apiVersion.slice(0, slash);
}

/** Counts by group and resource, sorted by both. */
export function countByResource(inventory: Inventory): ResourceCount[] {
  const counter = new ResourceCounter();
  for (const entry of inventory.entries) counter.add(entry, entry.encoding, entry.leased);
  return counter.finish();
}
