import type { Looking } from '../../../harness/probes/probe.ts';
import { SharedObjects } from '../../../harness/probes/shared-objects.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A look at nothing but what a test names. */
export function looking(at: Partial<Looking>): Looking {
  return {
    members: [],
    apiServers: [],
    hosts: [],
    nodes: [],
    dnsServers: [],
    ingress: [],
    dialPeers: false,
    clock: new FakeClock(),
    signal: undefined,
    answerTimeoutMs: 2000,
    etcdPrefix: '/registry',
    sentinels: [],
    watchingClients: [],
    controllers: false,
    follows: [],
    tokens: [],
    objects: new SharedObjects(),
    seen: [],
    ...at,
  };
}
