import type { EtcdClient, KeyValue } from '../etcd/client.ts';
import { PLAIN_CANARIES, PLAIN_ROOT } from '../etcd/keys.ts';
import { CANARY_NAMESPACE } from '../kube/drill-objects.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { EtcdObjects, ObservedObject } from '../model/observation.ts';
import { inventoryOf, type StoredRow } from '../objects/inventory.ts';
import { INTERNAL_GROUP } from '../objects/resources.ts';
import { EncryptionCount } from './encryption-count.ts';
import { type Looking, type Probe, seen, throughEach } from './probe.ts';

/** What each member holds, read from its own disk at one revision, without asking the others. */
export const etcdObjects: Probe = {
  kind: 'etcd-objects',
  needs: 'etcd',
  look: (at) =>
    throughEach(at, 'etcd-objects', at.members, async ({ etcd }, host) => [
      at.apiServers.length > 0
        ? await kubernetesObjects(at, etcd, host)
        : await plainKeys(at, etcd, host),
    ]),
};

/** Of one page, from a member that has answered just before; a busy machine takes its time. */
const PAGE_TIMEOUT_MS = 10_000;
const PAGES = { serializable: true, timeoutMs: PAGE_TIMEOUT_MS };

async function kubernetesObjects(
  at: Looking,
  etcd: EtcdClient,
  host: string,
): Promise<EtcdObjects> {
  const objects: ObservedObject[] = [];
  const encryption = new EncryptionCount();
  let otherKeys = 0;
  let revision = 0;
  for await (const page of etcd.pages(`${at.etcdPrefix}/`, PAGES)) {
    revision = page.revision;
    const inventory = inventoryOf(page.kvs.map(rowOf), { prefix: at.etcdPrefix, revision });
    otherKeys += inventory.otherKeys;
    for (const entry of inventory.entries) {
      if (entry.group === INTERNAL_GROUP) otherKeys += 1;
      else if (!isOwn(entry)) {
        const { uid, modRevision, contentHash } = entry;
        encryption.add(entry);
        objects.push(at.objects.record('etcd', entry, { uid, revision: modRevision, contentHash }));
      }
    }
  }
  const encrypted = encryption.found();
  const also = encrypted.length === 0 ? {} : { encrypted };
  return { kind: 'etcd-objects', revision, objects, otherKeys, ...also, ...seen(at, host) };
}

/** Without Kubernetes every key of ours stands for an object. */
async function plainKeys(at: Looking, etcd: EtcdClient, host: string): Promise<EtcdObjects> {
  const objects: ObservedObject[] = [];
  let revision = 0;
  for await (const page of etcd.pages(PLAIN_ROOT, PAGES)) {
    revision = page.revision;
    const { plainKeys } = inventoryOf(page.kvs.map(rowOf), { prefix: at.etcdPrefix, revision });
    for (const { key, modRevision, contentHash } of plainKeys) {
      if (key.startsWith(PLAIN_CANARIES)) continue;
      const ref = { group: '', resource: 'key', namespace: null, name: key };
      objects.push(
        at.objects.record('etcd', ref, { uid: null, revision: modRevision, contentHash }),
      );
    }
  }
  return { kind: 'etcd-objects', revision, objects, otherKeys: 0, ...seen(at, host) };
}

/** The harness's own moving objects are no part of any inventory. */
export function isOwn(ref: ObjectRef): boolean {
  return (
    ref.namespace === CANARY_NAMESPACE ||
    (ref.resource === 'namespaces' && ref.group === '' && ref.name === CANARY_NAMESPACE)
  );
}

function rowOf(kv: KeyValue): StoredRow {
  return { ...kv, lease: BigInt(`0x${kv.lease}`) };
}
