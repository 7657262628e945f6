import { readEnvelope } from '../objects/envelope.ts';
import { type Inventory, InventoryBuilder } from '../objects/inventory.ts';
import { keyText, parseObjectKey } from '../objects/object-key.ts';
import type { EtcdClient } from './client.ts';
import { afterKey } from './keys.ts';

const PAGE_ROWS = 500;
const PAGE_TIMEOUT_MS = 30_000;
const FIRST_KEY = Uint8Array.of(0);
const TO_THE_END = Uint8Array.of(0);

/**
 * Everything a running etcd holds, all at one revision, page by page; reads only.
 * @param etcdPrefix kube-apiserver's --etcd-prefix.
 * @throws EtcdError when it does not answer.
 */
export async function readInventory(client: EtcdClient, etcdPrefix: string): Promise<Inventory> {
  const builder = new InventoryBuilder();
  let from: Uint8Array = FIRST_KEY;
  let revision = 0;
  for (let more = true; more; ) {
    const page = await client.range(from, {
      rangeEnd: TO_THE_END,
      limit: PAGE_ROWS,
      revision,
      timeoutMs: PAGE_TIMEOUT_MS,
    });
    if (revision === 0) revision = page.revision;
    for (const row of page.kvs) {
      const key = keyText(row.key);
      const stored = { ...row, lease: BigInt(`0x${row.lease}`) };
      builder.add(stored, key, parseObjectKey(key, etcdPrefix), readEnvelope(row.value));
      from = afterKey(row.key);
    }
    more = page.more && page.kvs.length > 0;
  }
  return builder.finish(revision);
}
