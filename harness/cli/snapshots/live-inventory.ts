import { afterKey } from '../../etcd/keys.ts';
import { readEnvelope } from '../../objects/envelope.ts';
import { type Inventory, InventoryBuilder } from '../../objects/inventory.ts';
import { keyText, parseObjectKey } from '../../objects/object-key.ts';
import { environmentError, messageOf, usageError } from '../../support/errors.ts';

/** How to reach a running etcd; only its endpoint is ever taken for granted. */
export interface LiveOptions {
  endpoint?: string;
  cacert?: string;
  cert?: string;
  key?: string;
  etcdPrefix: string;
}

const PAGE_ROWS = 500;
const PAGE_TIMEOUT_MS = 30_000;
const FIRST_KEY = Uint8Array.of(0);
const TO_THE_END = Uint8Array.of(0);

/**
 * Everything a running etcd holds, all at one revision; reads only.
 * @throws DrillError (usage) without endpoint or with half a certificate; (environment) when it does
 *   not answer: to `diff`, the exit code of a failed call would mean a difference.
 */
export async function readLiveInventory(options: LiveOptions): Promise<Inventory> {
  const { EtcdClient } = await import('../../etcd/client.ts');
  const url = requireEndpoint(options);
  const client = new EtcdClient({ url, credentials: credentialsFrom(options) });
  const builder = new InventoryBuilder();
  try {
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
        builder.add(stored, key, parseObjectKey(key, options.etcdPrefix), readEnvelope(row.value));
        from = afterKey(row.key);
      }
      more = page.more && page.kvs.length > 0;
    }
    return builder.finish(revision);
  } catch (thrown) {
    throw environmentError(
      `read the live etcd at ${url}`,
      messageOf(thrown),
      `etcdctl --endpoints=${url} endpoint status`,
    );
  } finally {
    client.close();
  }
}

function requireEndpoint({ endpoint }: LiveOptions): string {
  if (endpoint !== undefined && /^https?:\/\/./.test(endpoint) && URL.canParse(endpoint))
    return endpoint;
  throw usageError(
    'read the live etcd',
    endpoint === undefined
      ? 'its endpoint was not given'
      : `${endpoint} is no http:// or https:// URL`,
    'add --endpoint https://127.0.0.1:2379 --cacert ca.crt --cert client.crt --key client.key',
  );
}

function credentialsFrom({ cacert, cert, key }: LiveOptions) {
  if (cacert === undefined && cert === undefined && key === undefined) return undefined;
  if (cacert === undefined || cert === undefined || key === undefined)
    throw usageError('reach the live etcd', '--cacert, --cert and --key belong together');
  return { ca: cacert, cert, key };
}
