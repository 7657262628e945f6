import { z } from 'zod';
import type { ApiServer } from '../kube/api-server.ts';
import { pathOf } from '../kube/resource.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import { done, notYet, until } from '../support/until.ts';
import { type Looking, type Probe, seen, unavailable } from './probe.ts';

const LEASES = ['kube-controller-manager', 'kube-scheduler'];
/** Leaders renew every 2 s, and give up after 10 s without success: until then a busy one is a living one. */
const WATCH_MS = 10_000;

const leaseSchema = z.object({
  spec: z.object({
    holderIdentity: z.string().default(''),
    leaseDurationSeconds: z.number().default(0),
    renewTime: z.string().default(''),
  }),
});

/**
 * Whether a living process holds the leader leases: a restored Lease names the leader of the
 * snapshot's day, so only a renewal while we look proves anything.
 */
export const leaderLease: Probe = {
  kind: 'leader-lease',
  needs: 'kubernetes',
  async look(at) {
    if (!at.controllers) return [];
    const answering = at.apiServers.find(({ up }) => up !== null);
    if (answering?.up == null)
      return [
        unavailable(at, 'leader-lease', at.apiServers[0]?.host ?? '', 'no API server answers'),
      ];
    const { api } = answering.up;
    return Promise.all(
      LEASES.map((name) =>
        follow(at, api, name).catch((thrown: unknown) =>
          unavailable(at, 'leader-lease', api.host, `Lease ${name}: ${messageOf(thrown)}`),
        ),
      ),
    );
  },
};

async function follow(at: Looking, api: ApiServer, name: string): Promise<Observation> {
  const first = await read(api, name);
  const renewed = await until(
    `the Lease ${name} is renewed`,
    async () => {
      const now = await read(api, name);
      return now.renewTime === first.renewTime ? notYet(now.renewTime) : done(now);
    },
    { timeoutMs: WATCH_MS, intervalMs: 200, signal: at.signal, clock: at.clock },
  ).catch(() => undefined);
  const { holderIdentity, leaseDurationSeconds, renewTime } = renewed ?? first;
  return {
    kind: 'leader-lease',
    name,
    holder: holderIdentity,
    renewedAtMs: renewTime === '' ? 0 : Date.parse(renewTime),
    leaseDurationMs: leaseDurationSeconds * 1000,
    renewedWhileWatched: renewed !== undefined,
    ...seen(at, api.host),
  };
}

async function read(api: ApiServer, name: string): Promise<z.infer<typeof leaseSchema>['spec']> {
  return leaseSchema.parse(await api.get(pathOf(RESOURCES.leases, 'kube-system', name))).spec;
}
