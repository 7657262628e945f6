import type { EtcdClient } from '../etcd/client.ts';
import { PLAIN_ROOT } from '../etcd/keys.ts';
import type { ObjectRef } from '../model/finding.ts';
import { inParallel } from '../support/parallel.ts';
import type { Random } from '../support/random.ts';
import { firstMember, type WriteContext } from './context.ts';
import type { Population } from './populate.ts';
import { someText } from './some-text.ts';

/** etcd takes 128 operations a transaction unless told otherwise. */
export const OPERATIONS_MAX = 100;
const SENTINELS = 5;
const VALUE_LENGTH = 200;
/** Every so manieth key is written twice, and another one is deleted again. */
const CHANGED_EVERY = 10;

export function keyRef(key: string): ObjectRef {
  return { group: '', resource: 'key', namespace: null, name: key };
}

export async function populatePlainKeys(context: WriteContext): Promise<Population> {
  const etcd = firstMember(context.connections);
  const { random } = context;
  const sentinels = numbered('sentinel/before-', SENTINELS);
  const ordinary = numbered('objects/', Math.max(0, context.count - SENTINELS));
  const doomed = numbered('objects/deleted-', Math.ceil(ordinary.length / CHANGED_EVERY));
  await putAll(etcd, [...sentinels, ...ordinary, ...doomed], random);
  const changed = ordinary.filter((_, index) => index % CHANGED_EVERY === 0);
  await putAll(etcd, changed, random);
  const { revision } = await etcd.delete(`${PLAIN_ROOT}objects/deleted-`, { prefix: true });
  return {
    objectCount: sentinels.length + ordinary.length,
    sentinels: sentinels.map(keyRef),
    changeable: ordinary.slice(0, 100).map(keyRef),
    revision,
  };
}

async function putAll(etcd: EtcdClient, keys: readonly string[], random: Random): Promise<void> {
  const batches = Array.from({ length: Math.ceil(keys.length / OPERATIONS_MAX) }, (_, index) =>
    keys.slice(index * OPERATIONS_MAX, (index + 1) * OPERATIONS_MAX).map((key) => ({
      put: { key: Buffer.from(key), value: Buffer.from(someText(random, VALUE_LENGTH)) },
    })),
  );
  await inParallel(batches, 4, (batch) => etcd.write(batch));
}

function numbered(prefix: string, count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${PLAIN_ROOT}${prefix}${String(index).padStart(6, '0')}`,
  );
}
