import type { EtcdClient } from '../etcd/client.ts';
import type { Observation, PeerCalls, PeerLinks } from '../model/observation.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type Probe, seen, throughEach } from './probe.ts';

const TIMEOUT_MS = 5000;

/** A page of some hundred lines over a connection of its own: longer than a call. */
const METRICS_TIMEOUT_MS = 5000;
const CALLS = 20;

/**
 * Calls each of `$PEERS`, `ADDRESS/PORT`, again and again for a second at most, and says for each call
 * that was answered how many microseconds it took. A refusal is no answer of an etcd.
 */
const DIAL = `
export CALL='for call in $(seq "$CALLS"); do
  start=$EPOCHREALTIME
  exec 3<>"/dev/tcp/$0" || exit 0
  end=$EPOCHREALTIME
  exec 3>&-
  echo "$0 $((\${end/[.,]/} - \${start/[.,]/}))"
done'
for peer in $PEERS; do
  timeout 1 bash -c "$CALL" "$peer" 2>/dev/null &
done
wait
`;

/**
 * Whom of the others each member can reach. etcd itself notices only connections that end: where
 * packets vanish it thinks its streams well. So the hosts call each other too, as soon as a member
 * is missing or without a leader.
 */
export const peerLinks: Probe = {
  kind: 'peer-links',
  needs: 'etcd',
  look: async (at) => {
    const told = await throughEach(at, 'peer-links', at.members, async ({ etcd }, host) => {
      const { led, peers } = await etcd.peerLinks({ timeoutMs: METRICS_TIMEOUT_MS });
      const untried = peers.map((peer) => ({ ...peer, calls: null }));
      return [{ kind: 'peer-links', led, peers: untried, ...seen(at, host) }];
    });
    return at.dialPeers || told.some(hintsAtTrouble) ? Promise.all(told.map(dialling(at))) : told;
  },
};

function hintsAtTrouble(told: Observation): boolean {
  return told.kind !== 'peer-links' || !told.led || told.peers.some(({ active }) => !active);
}

function dialling(at: Looking): (told: Observation) => Promise<Observation> {
  return async (told) => {
    const host = at.hosts.find(({ name }) => name === told.source);
    const etcd = at.members.find((member) => member.host === told.source)?.up?.etcd;
    if (told.kind !== 'peer-links' || host?.state !== 'running' || !etcd) return told;
    const called = await callPeers(host, etcd, told).catch(() => undefined);
    if (called === undefined) return told;
    const peers = told.peers.map((peer) => ({
      ...peer,
      calls: called.get(peer.memberId) ?? null,
    }));
    return { ...told, peers };
  };
}

/** By member ID, at the addresses that the member itself has for its peers. */
async function callPeers(
  host: RunningHost,
  etcd: EtcdClient,
  { peers }: PeerLinks,
): Promise<Map<string, PeerCalls>> {
  const { members } = await etcd.memberList();
  const places = members.flatMap(({ id, peerUrls: [url] }) => {
    if (url === undefined || !peers.some(({ memberId }) => memberId === id)) return [];
    const { hostname, port } = new URL(url);
    return [{ id, place: `${hostname}/${port}` }];
  });
  const finished = await host.shell(DIAL, {
    timeoutMs: TIMEOUT_MS,
    shell: 'bash',
    env: { PEERS: places.map(({ place }) => place).join(' '), CALLS: String(CALLS) },
  });
  return new Map(places.map(({ id, place }) => [id, callsTo(place, finished.stdout)]));
}

/** @param output lines of `ADDRESS/PORT MICROSECONDS`. */
export function callsTo(place: string, output: string): PeerCalls {
  const tookMs = output.split('\n').flatMap((line) => {
    const [called, microseconds] = line.split(' ');
    return called === place ? [Number(microseconds) / 1000] : [];
  });
  const fastestMs = tookMs.length === 0 ? null : Math.min(...tookMs);
  return { made: CALLS, answered: tookMs.length, fastestMs };
}
