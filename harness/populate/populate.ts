import type { ObjectRef } from '../model/finding.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { seededRandom } from '../support/random.ts';
import { connect, type ReachableCluster } from '../targets/connections.ts';
import { populateKubernetes } from './kubernetes.ts';
import { populatePlainKeys } from './plain-keys.ts';

export interface PopulateOptions {
  /** About so many objects in all; what a drill needs at least is made in any case. */
  count: number;
  seed: number;
  /** Whether controller-manager runs: then it is given time to react. */
  controllers?: boolean;
  signal?: AbortSignal | undefined;
  clock?: Clock;
}

/** What a drill starts from. */
export interface Population {
  objectCount: number;
  /** Made to be found again, one of each kind. */
  sentinels: ObjectRef[];
  /** ConfigMaps (or plain keys) that later writes may change and delete; no sentinels. */
  changeable: ObjectRef[];
  /** Of etcd when everything was written. */
  revision: number;
}

/**
 * Writes the objects that a drill starts from: Kubernetes objects through the API (the bulk of a
 * large number directly into etcd), or plain keys when there is no API server.
 * The same seed writes the same names and data.
 */
export async function populate(
  cluster: ReachableCluster,
  options: PopulateOptions,
): Promise<Population> {
  const connections = connect(cluster, 10_000);
  const context = {
    connections,
    count: options.count,
    random: seededRandom(options.seed),
    controllers: options.controllers ?? false,
    signal: options.signal,
    clock: options.clock ?? systemClock,
  };
  try {
    return await (connections.apiServers.length === 0
      ? populatePlainKeys(context)
      : populateKubernetes(context));
  } finally {
    connections.close();
  }
}
