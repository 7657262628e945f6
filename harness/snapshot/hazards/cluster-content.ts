import { NAMED_OBJECTS_MAX, type ObjectRef } from '../../model/finding.ts';
import {
  type Envelope,
  encodingLabel,
  encryptedPayload,
  readEnvelope,
} from '../../objects/envelope.ts';
import { glance } from '../../objects/glance.ts';
import { groupOf, type Inventory, InventoryBuilder } from '../../objects/inventory.ts';
import { contradictionOf } from '../../objects/key-agreement.ts';
import * as kinds from '../../objects/kinds.ts';
import { type OwnerReference, readIdentity } from '../../objects/metadata.ts';
import { keyText, type ParsedKey, parseObjectKey } from '../../objects/object-key.ts';
import { type ResourceCount, ResourceCounter } from '../../objects/resource-counts.ts';
import { INTERNAL_GROUP } from '../../objects/resources.ts';
import { decode, type ValueOf } from '../../objects/shape.ts';
import type { LiveRow } from '../reading.ts';
import { append } from './append.ts';
import { type Decryption, decryptValue } from './decryption.ts';
import type { EncryptionConfiguration } from './encryption-configuration.ts';
import { digestSecret, type SecretDigest } from './secret-digest.ts';

/** The kinds whose content hazards look into, by `group/resource`. */
const TYPED = {
  namespaces: kinds.namespaceShape,
  pods: kinds.podShape,
  services: kinds.serviceShape,
  endpoints: kinds.endpointsShape,
  persistentvolumes: kinds.persistentVolumeShape,
  persistentvolumeclaims: kinds.persistentVolumeClaimShape,
  'discovery.k8s.io/endpointslices': kinds.endpointSliceShape,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': kinds.webhookConfigurationShape,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': kinds.webhookConfigurationShape,
  'coordination.k8s.io/leases': kinds.leaseShape,
  'batch/jobs': kinds.jobShape,
  'batch/cronjobs': kinds.cronJobShape,
  'networking.k8s.io/ipaddresses': kinds.ipAddressShape,
  '(internal)/ranges': kinds.rangeAllocationShape,
  'apiextensions.k8s.io/customresourcedefinitions': kinds.customResourceDefinitionShape,
  'apiregistration.k8s.io/apiservices': kinds.apiServiceShape,
} as const;

type TypedResource = keyof typeof TYPED;

/** An object with what was decoded of it. */
export interface Stored<T> {
  ref: ObjectRef;
  key: string;
  value: T;
}

export type TypedObjects = {
  [R in TypedResource]: Stored<ValueOf<(typeof TYPED)[R]>>[];
};

/** All values that one provider and key encrypted. */
export interface EncryptedSet {
  /** `aescbc:v1` */
  scheme: string;
  keyName: string;
  objects: ObjectRef[];
  /** Of the worst-off value: one that cannot be read stops every LIST of its resource. */
  state: Decryption['state'] | 'no-configuration';
  why: string | null;
}

/** What is in a store, as far as the hazards of restoring it are concerned. */
export interface ClusterContent {
  /** null when it was not asked for. */
  inventory: Inventory | null;
  resources: ResourceCount[];
  /** How many objects each namespace holds, with the first of them. */
  namespaced: ReadonlyMap<string, { count: number; first: ObjectRef[] }>;
  nodes: ReadonlySet<string>;
  typed: TypedObjects;
  secrets: Stored<SecretDigest>[];
  /** Of all objects; empty when no object has an owner to look for. */
  uids: ReadonlySet<string>;
  owned: { ref: ObjectRef; owners: OwnerReference[] }[];
  deleting: { ref: ObjectRef; finalizers: string[] }[];
  undecodable: { ref: ObjectRef; key: string; why: string }[];
  /** Values that say that they are something else than their key; `ref` is null where that names nothing. */
  misplaced: { ref: ObjectRef | null; key: string; what: string }[];
  encrypted: EncryptedSet[];
  /** Custom resources by `group/resource`, then by stored version. */
  customVersions: ReadonlyMap<string, ReadonlyMap<string, ObjectRef[]>>;
  /** Addresses of API servers whose bookkeeping lost its lease and will never expire. */
  unleasedMasterLeases: string[];
  /** Keys outside the prefix whose values are nevertheless in a form that only Kubernetes writes. */
  outsidePrefix: { count: number; first: string | null };
  /** Newest creation, managed-field or lease-renewal time, ms since 1970; null when there is none. */
  newestWriteMs: number | null;
}

export interface ClusterOptions {
  /** kube-apiserver's `--etcd-prefix`. */
  prefix: string;
  encryption?: EncryptionConfiguration | undefined;
  /** Whether to keep every key with the hash of its content, which costs time and memory. */
  inventory: boolean;
}

/** Reads a store row by row in any order; keeps no row. */
export class ClusterContentBuilder {
  readonly #options: ClusterOptions;
  readonly #inventory: InventoryBuilder | null;
  readonly #counter = new ResourceCounter();
  readonly #namespaced = new Map<string, { count: number; first: ObjectRef[] }>();
  readonly #nodes = new Set<string>();
  readonly #typed = Object.fromEntries(
    Object.keys(TYPED).map((resource) => [resource, []]),
  ) as unknown as TypedObjects;
  readonly #secrets: Stored<SecretDigest>[] = [];
  readonly #uids: string[] = [];
  readonly #owned: ClusterContent['owned'] = [];
  readonly #deleting: ClusterContent['deleting'] = [];
  readonly #undecodable: ClusterContent['undecodable'] = [];
  readonly #misplaced: ClusterContent['misplaced'] = [];
  readonly #encrypted = new Map<string, EncryptedSet>();
  readonly #customVersions = new Map<string, Map<string, ObjectRef[]>>();
  readonly #unleasedMasterLeases: string[] = [];
  readonly #outsidePrefix: ClusterContent['outsidePrefix'] = { count: 0, first: null };
  #newestWriteMs = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#inventory = options.inventory ? new InventoryBuilder() : null;
  }

  add(row: LiveRow): void {
    const key = keyText(row.key);
    const parsed = parseObjectKey(key, this.#options.prefix);
    const stored = readEnvelope(row.value);
    const envelope =
      stored.encryption === null || parsed === null
        ? stored
        : this.#decrypted(row.value, stored, key, parsed);
    this.#inventory?.add(row, key, parsed, envelope);
    if (parsed === null) {
      this.#lookOutside(row.key, key, envelope);
      return;
    }
    const { resource, namespace, name } = parsed;
    const ref = { group: groupOf(parsed, envelope), resource, namespace, name };
    this.#count(ref, encodingLabel(stored), row.lease !== 0n);
    this.#look(key, parsed, ref, envelope);
  }

  finish(revision: number): ClusterContent {
    return {
      inventory: this.#inventory?.finish(revision) ?? null,
      resources: this.#counter.finish(),
      namespaced: this.#namespaced,
      nodes: this.#nodes,
      typed: this.#typed,
      secrets: this.#secrets,
      uids: new Set(this.#owned.length === 0 ? [] : this.#uids),
      owned: this.#owned,
      deleting: this.#deleting,
      undecodable: this.#undecodable,
      misplaced: this.#misplaced,
      encrypted: [...this.#encrypted.values()],
      customVersions: this.#customVersions,
      unleasedMasterLeases: this.#unleasedMasterLeases,
      outsidePrefix: this.#outsidePrefix,
      newestWriteMs: this.#newestWriteMs === 0 ? null : this.#newestWriteMs,
    };
  }

  #count(ref: ObjectRef, encoding: string, leased: boolean): void {
    this.#counter.add(ref, encoding, leased);
    if (ref.group === '' && ref.resource === 'nodes') this.#nodes.add(ref.name);
    if (ref.group === INTERNAL_GROUP && ref.resource === 'masterleases' && !leased)
      this.#unleasedMasterLeases.push(ref.name);
    if (ref.namespace === null) return;
    const held = this.#namespaced.get(ref.namespace) ?? { count: 0, first: [] };
    this.#namespaced.set(ref.namespace, held);
    held.count += 1;
    if (held.first.length < NAMED_OBJECTS_MAX) held.first.push(ref);
  }

  #look(key: string, parsed: ParsedKey, ref: ObjectRef, envelope: Envelope): void {
    if (envelope.encoding === 'encrypted' || envelope.encoding === 'cbor') return;
    const seen = glance(envelope);
    // Who knows what a resource is that neither this table nor its value explains.
    if (envelope.encoding === 'unknown' && parsed.origin === 'unlisted') return;
    if (seen === null || envelope.encoding === 'unknown') {
      const why = envelope.problem ?? 'it is neither protobuf nor JSON';
      this.#undecodable.push({ ref, key, why });
      return;
    }
    const what = contradictionOf(parsed, seen, envelope);
    if (what !== null) this.#misplaced.push({ ref, key, what });
    if (seen.uid !== null) this.#uids.push(seen.uid);
    this.#newestWriteMs = Math.max(this.#newestWriteMs, seen.newestWriteMs);
    if (seen.owned || seen.deleting) this.#lookAtTies(ref, envelope);
    if (parsed.origin === 'custom') this.#countVersion(ref, envelope);
    this.#lookInside(ref, key, envelope);
  }

  #lookOutside(key: Uint8Array, text: string, { encoding, apiVersion, kind }: Envelope): void {
    if (encoding !== 'encrypted' && (apiVersion === null || kind === null)) return;
    if (startsAlmostWith(key, this.#options.prefix.replace(/\/?$/, '/'))) {
      const what = kind === null ? 'an encrypted object' : `a ${kind} of ${apiVersion}`;
      this.#misplaced.push({ ref: null, key: text, what });
      return;
    }
    this.#outsidePrefix.count += 1;
    this.#outsidePrefix.first ??= text;
  }

  #lookAtTies(ref: ObjectRef, envelope: Envelope): void {
    const identity = readIdentity(envelope);
    if (identity === null) return;
    if (identity.ownerReferences.length > 0)
      this.#owned.push({ ref, owners: identity.ownerReferences });
    if (identity.deletionTimestamp !== undefined)
      this.#deleting.push({ ref, finalizers: identity.finalizers });
  }

  #countVersion(ref: ObjectRef, envelope: Envelope): void {
    const id = `${ref.group}/${ref.resource}`;
    if (id in TYPED) return;
    const versions = this.#customVersions.get(id) ?? new Map<string, ObjectRef[]>();
    const version = envelope.apiVersion?.split('/').at(-1) ?? '';
    append(versions, version, ref);
    this.#customVersions.set(id, versions);
  }

  #lookInside(ref: ObjectRef, key: string, envelope: Envelope): void {
    const id = ref.group === '' ? ref.resource : `${ref.group}/${ref.resource}`;
    if (id === 'secrets') {
      const secret = decode(kinds.secretShape, envelope);
      if (secret === null) this.#undecodable.push({ ref, key, why: 'its fields do not decode' });
      else this.#secrets.push({ ref, key, value: digestSecret(secret) });
    } else if (isTyped(id)) {
      const value = decode<unknown>(TYPED[id], envelope);
      if (value === null) this.#undecodable.push({ ref, key, why: 'its fields do not decode' });
      else (this.#typed[id] as Stored<unknown>[]).push({ ref, key, value });
    }
    if (id === 'coordination.k8s.io/leases') {
      const renewed = this.#typed[id].at(-1)?.value.spec?.renewTime;
      if (renewed !== undefined)
        this.#newestWriteMs = Math.max(this.#newestWriteMs, Date.parse(renewed));
    }
  }

  #decrypted(value: Uint8Array, stored: Envelope, key: string, parsed: ParsedKey): Envelope {
    const encryption = stored.encryption ?? { scheme: '', keyName: '' };
    const { group, resource, namespace, name } = parsed;
    const set = this.#encryptedSet(encodingLabel(stored), encryption);
    set.objects.push({ group, resource, namespace, name });
    if (this.#options.encryption === undefined) return stored;
    const payload = encryptedPayload(value, encryption);
    const result = decryptValue(this.#options.encryption, {
      group,
      resource,
      key,
      ...encryption,
      payload,
    });
    if (result.state === 'decrypted') {
      const envelope = readEnvelope(result.value);
      if (envelope.encoding !== 'unknown' && envelope.problem === null) return envelope;
    }
    // A wrong AES-CBC key passes the padding test once in 256 times and yields garbage.
    set.state = result.state === 'decrypted' ? 'wrong-key' : result.state;
    set.why = 'why' in result ? result.why : null;
    return stored;
  }

  #encryptedSet(label: string, encryption: { scheme: string; keyName: string }): EncryptedSet {
    const known = this.#encrypted.get(label);
    if (known !== undefined) return known;
    const state = this.#options.encryption === undefined ? 'no-configuration' : 'decrypted';
    const set: EncryptedSet = { ...encryption, objects: [], state, why: null };
    this.#encrypted.set(label, set);
    return set;
  }
}

/** With at most one byte changed: then it is no other prefix, but a damaged key. */
function startsAlmostWith(key: Uint8Array, prefix: string): boolean {
  const wanted = Buffer.from(prefix);
  return key.length > wanted.length && wanted.filter((byte, at) => byte !== key[at]).length <= 1;
}

function isTyped(id: string): id is TypedResource {
  return Object.hasOwn(TYPED, id);
}
