import type { EtcdClient } from '../etcd/client.ts';
import type { Clock } from '../support/clock.ts';
import { environmentError } from '../support/errors.ts';
import type { Random } from '../support/random.ts';
import type { Connections } from '../targets/connections.ts';

export interface WriteContext {
  connections: Connections;
  /** How many objects, or revisions, are to be written. */
  count: number;
  random: Random;
  controllers: boolean;
  signal: AbortSignal | undefined;
  clock: Clock;
}

export function firstMember(connections: Connections): EtcdClient {
  const [first] = connections.members;
  if (first === undefined) throw environmentError('populate', 'the cluster has no etcd member');
  return first.etcd;
}
