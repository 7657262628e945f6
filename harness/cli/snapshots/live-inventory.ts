import type { Inventory } from '../../objects/inventory.ts';
import { environmentError, messageOf, usageError } from '../../support/errors.ts';

/** How to reach a running etcd; only its endpoint is ever taken for granted. */
export interface LiveOptions {
  endpoint?: string;
  cacert?: string;
  cert?: string;
  key?: string;
  etcdPrefix: string;
}

/**
 * Everything a running etcd holds, all at one revision; reads only.
 * @throws DrillError (usage) without endpoint or with half a certificate; (environment) when it does
 *   not answer: to `diff`, the exit code of a failed call would mean a difference.
 */
export async function readLiveInventory(options: LiveOptions): Promise<Inventory> {
  const { EtcdClient } = await import('../../etcd/client.ts');
  const { readInventory } = await import('../../etcd/inventory.ts');
  const url = requireEndpoint(options);
  const client = new EtcdClient({ url, credentials: credentialsFrom(options) });
  try {
    return await readInventory(client, options.etcdPrefix);
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
