import type { ApiServer } from '../kube/api-server.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import {
  isRenewal,
  LEADER_LEASES,
  type LeaderLease,
  type LeaseSpec,
  readLease,
} from './followed-leases.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';

/** Leaders renew every 2 s, and give up after 10 s without success: until then a busy one is a living one. */
const WATCH_MS = 10_000;

/**
 * Whether a living process holds the leader leases: a restored Lease names the leader of the
 * snapshot's day, so only a renewal while we look, or of a moment ago, proves anything.
 */
export const leaderLease: Probe = {
  kind: 'leader-lease',
  needs: 'kubernetes',
  waits: true,
  async look(at) {
    if (!at.controllers) return [];
    const answering = at.apiServers.find(({ up }) => up !== null);
    if (answering?.up == null)
      return [
        unavailable(at, 'leader-lease', at.apiServers[0]?.host ?? '', 'no API server answers'),
      ];
    const { api } = answering.up;
    return Promise.all(
      LEADER_LEASES.map((name) =>
        follow(at, api, name).catch((thrown: unknown) =>
          unavailable(at, 'leader-lease', api.host, `Lease ${name}: ${messageOf(thrown)}`),
        ),
      ),
    );
  },
};

async function follow(at: Looking, api: ApiServer, name: LeaderLease): Promise<Observation> {
  const recent = at.leases?.renewed(name);
  if (recent !== undefined) return observed(at, recent.host, name, recent.spec, true);
  let sinceMs = at.clock.monotonicMs();
  const first = await readLease(api, name);
  const renewed = await until(
    `the Lease ${name} is renewed`,
    async () => {
      const readAtMs = at.clock.monotonicMs();
      const now = await readLease(api, name);
      if (isRenewal(first, now)) {
        at.leases?.saw(name, { host: api.host, spec: now, readAtMs }, sinceMs);
        return done(now);
      }
      sinceMs = readAtMs;
      return notYet(now.renewTime);
    },
    { timeoutMs: WATCH_MS, intervalMs: 200, signal: at.signal, clock: at.clock },
  ).catch(() => undefined);
  return observed(at, api.host, name, renewed ?? first, renewed !== undefined);
}

function observed(
  at: Looking,
  host: string,
  name: LeaderLease,
  { holderIdentity, leaseDurationSeconds, renewTime }: LeaseSpec,
  renewedWhileWatched: boolean,
): Observation {
  return {
    kind: 'leader-lease',
    name,
    holder: holderIdentity,
    renewedAtMs: renewTime === '' ? 0 : Date.parse(renewTime),
    leaseDurationMs: leaseDurationSeconds * 1000,
    renewedWhileWatched,
    ...seen(at, host),
  };
}
