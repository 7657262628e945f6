import type { EtcdClient } from '../etcd/client.ts';
import type { Observation, PeerCalls, PeerLinks } from '../model/observation.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type Probe, seen, throughEach } from './probe.ts';

const TIMEOUT_MS = 5000;

/** A page of some hundred lines over a connection of its own: longer than a call. */
const METRICS_TIMEOUT_MS = 5000;
const CALLS = 20;

/**
 * Calls each of `$PEERS`, `ADDRESS/PORT`, again and again for longer than the second after which the
 * kernel sends a call's first packet again. Says for each call how many microseconds it took to be
 * answered, or that it was refused, and at last how many first packets were sent again.
 */
const DIAL = `
repeated() {
  awk '/^TcpExt:/ { if (column) print $column; else for (i = 2; i <= NF; i++) if ($i == "TCPSynRetrans") column = i }' /proc/net/netstat
}
export CALL='for call in $(seq "$CALLS"); do
  start=$EPOCHREALTIME
  if ! exec 3<>"/dev/tcp/$0"; then echo "$0 refused"; exit 0; fi
  end=$EPOCHREALTIME
  exec 3>&-
  echo "$0 $((\${end/[.,]/} - \${start/[.,]/}))"
done'
before=$(repeated)
for peer in $PEERS; do
  timeout 1.6 bash -c "$CALL" "$peer" 2>/dev/null &
done
wait
echo "repeated $(($(repeated) - before))"
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
      const { led, peers } = await etcd.peerLinks({
        timeoutMs: Math.max(METRICS_TIMEOUT_MS, at.answerTimeoutMs),
      });
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
): Promise<Map<string, PeerCalls | null>> {
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

/**
 * @param output lines of `ADDRESS/PORT MICROSECONDS`, `ADDRESS/PORT refused` and `repeated NUMBER`.
 * @returns null when the calls did not come to anything, and the network is not to blame.
 */
export function callsTo(place: string, output: string): PeerCalls | null {
  const said = (word: string) =>
    output.split('\n').flatMap((line) => {
      const [about, what = ''] = line.split(' ');
      return about === word ? [what] : [];
    });
  const outcomes = said(place);
  const tookMs = outcomes.filter((what) => what !== 'refused').map((what) => Number(what) / 1000);
  const refused = outcomes.length - tookMs.length;
  const repeated = Number(said('repeated')[0] ?? 0);
  if (outcomes.length === 0 && repeated === 0) return null;
  const fastestMs = tookMs.length === 0 ? null : Math.min(...tookMs);
  return { made: CALLS, answered: tookMs.length, refused, repeated, fastestMs };
}
