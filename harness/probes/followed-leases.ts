import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { pathOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { notYet, until } from '../support/until.ts';
import { connect, type ReachableCluster } from '../targets/connections.ts';

/** Those without which a cluster does nothing. */
export const LEADER_LEASES = ['kube-controller-manager', 'kube-scheduler'] as const;
export type LeaderLease = (typeof LEADER_LEASES)[number];

const POLL_MS = 500;
const CALL_TIMEOUT_MS = 2000;
const LIFETIME_MS = 24 * 3600_000;
/** Leaders renew every 2 s: whoever did so within this time is not waited for. */
const RECENT_MS = 3000;

const leaseSchema = z.object({
  spec: z.object({
    holderIdentity: z.string().default(''),
    leaseDurationSeconds: z.number().default(0),
    renewTime: z.string().default(''),
  }),
});
export type LeaseSpec = z.infer<typeof leaseSchema>['spec'];

/** As etcd has it, whatever the API server's cache holds. @throws ApiError when it cannot be had. */
export async function readLease(
  api: ApiServer,
  name: LeaderLease,
  signal?: AbortSignal,
): Promise<LeaseSpec> {
  const path = pathOf(RESOURCES.leases, 'kube-system', name);
  return leaseSchema.parse(await api.get(path, { signal })).spec;
}

/** Whether somebody holds it and has said so since. A restore changes the time, too, but backwards. */
export function isRenewal(before: LeaseSpec, now: LeaseSpec): boolean {
  return now.holderIdentity !== '' && now.renewTime > before.renewTime;
}

interface Read {
  /** Which API server said so; another one may be of another world. */
  host: string;
  spec: LeaseSpec;
  /** When it was asked: what it tells is not older. */
  readAtMs: number;
}

interface Known extends Read {
  /** Not before this was it renewed; undefined while that has not been seen. */
  renewedAtMs: number | undefined;
}

/** What a reading proves beside the one before it; after a gap nobody knows when a change was. */
export function followed(before: Known | undefined, read: Read): Known {
  const follows = before?.host === read.host && read.readAtMs - before.readAtMs <= RECENT_MS;
  if (!follows) return { ...read, renewedAtMs: undefined };
  return {
    ...read,
    renewedAtMs: isRenewal(before.spec, read.spec) ? before.readAtMs : before.renewedAtMs,
  };
}

/** Reads the leader leases again and again, so that a look need not wait for the next renewal. Times are monotonic. */
export class FollowedLeases {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  #known = new Map<LeaderLease, Known>();
  /** The one that answered last comes first. */
  #apiServers: readonly ApiServer[];

  constructor(cluster: ReachableCluster, clock: Clock = systemClock) {
    this.#clock = clock;
    const { apiServers, close } = connect(cluster, CALL_TIMEOUT_MS);
    this.#apiServers = apiServers;
    this.#ended = until('nobody follows the leader leases', () => this.#read(), {
      timeoutMs: LIFETIME_MS,
      intervalMs: POLL_MS,
      signal: this.#stop.signal,
      clock,
    })
      .catch(() => undefined)
      .finally(close);
  }

  /** What leaders did until now proves nothing any more: they may have been replaced. */
  forget(): void {
    this.#known = new Map();
  }

  /** @returns the Lease and who told of it, if it was renewed a moment ago and since `forget`. */
  renewed(name: LeaderLease): { host: string; spec: LeaseSpec } | undefined {
    const known = this.#known.get(name);
    if (known?.renewedAtMs === undefined) return undefined;
    return this.#clock.monotonicMs() - known.renewedAtMs > RECENT_MS ? undefined : known;
  }

  /** Somebody who waited for it has seen it renewed, not before `sinceMs`. */
  saw(name: LeaderLease, read: Read, sinceMs: number): void {
    this.#known.set(name, { ...read, renewedAtMs: sinceMs });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #read(): Promise<ReturnType<typeof notYet>> {
    const known = this.#known; // What was asked before `forget` is not told after it.
    await Promise.all(
      LEADER_LEASES.map(async (name) => {
        const read = await this.#ask(name);
        const before = known.get(name);
        // Somebody who waited may have seen more meanwhile.
        if (read !== undefined && !(before && before.readAtMs > read.readAtMs))
          known.set(name, followed(before, read));
      }),
    );
    return notYet('followed');
  }

  async #ask(name: LeaderLease): Promise<Read | undefined> {
    const { signal } = this.#stop;
    for (const api of this.#apiServers) {
      if (signal.aborted) return undefined;
      const readAtMs = this.#clock.monotonicMs();
      try {
        const spec = await readLease(api, name, signal);
        this.#apiServers = [api, ...this.#apiServers.filter((each) => each !== api)];
        return { host: api.host, spec, readAtMs };
      } catch {
        // Another one may know.
      }
    }
    return undefined;
  }
}
