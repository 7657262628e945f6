import type { ApiPod } from '../model/node-observation.ts';
import type { Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import type { RunningHost } from '../targets/host.ts';
import { type Looking, type NodeReach, type Probe, seen, unavailable } from './probe.ts';
import { whyEnded } from './why-ended.ts';

const TIMEOUT_MS = 20_000;

/**
 * Says the beginning of an HTTP request at every `UID ADDRESS PORT` of `$PLACES` at once, and prints each uid where
 * anything at all comes back, if only the end of the connection: a process is there, whatever it speaks. Ends when all
 * `$PODS` have answered, or none answers any more. One process for all: hundreds of them would be the heaviest load of
 * a small cluster. Every Debian has this much of perl.
 */
export const ASK_PODS = String.raw`
use strict;
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_ERROR);
$SIG{PIPE} = 'IGNORE';
my $end = time + 4;
my ($dialled, $asked) = (IO::Select->new, IO::Select->new);
my (%uid, %answered);
for (split /\n/, $ENV{PLACES}) {
  my ($uid, $address, $port) = split / /;
  my $place = IO::Socket::INET->new(
    PeerAddr => $address, PeerPort => $port, Proto => 'tcp', Blocking => 0) or next;
  $uid{$place} = $uid;
  $dialled->add($place);
}
while (keys %answered < $ENV{PODS} && $dialled->count + $asked->count > 0 && time < $end) {
  my ($readable, $writable) = IO::Select->select($asked, $dialled, undef, $end - time);
  for my $place (@{$writable || []}) {
    $dialled->remove($place);
    next if unpack('i', getsockopt($place, SOL_SOCKET, SO_ERROR)) != 0;
    syswrite $place, "GET / HTTP/1.0\r\n\r\n";
    $asked->add($place);
  }
  for my $place (@{$readable || []}) {
    $asked->remove($place);
    $answered{$uid{$place}} = 1;
  }
}
print "$_\n" for keys %answered;
`;

/** Which pods answer now, asked from their own nodes: `Ready` may be a word of the snapshot. */
export const podAnswers: Probe = {
  kind: 'pod-answers',
  needs: 'nodes',
  second: true,
  look: (at) => {
    const pods = at.seen.flatMap((each) => (each.kind === 'api-pods' ? each.pods : []));
    const listening = pods.filter(
      ({ phase, podIp, tcpPorts }) => phase === 'Running' && podIp !== null && tcpPorts.length > 0,
    );
    return Promise.all(
      at.nodes.map((node) =>
        lookAt(
          at,
          node,
          listening.filter((pod) => pod.node === node.host),
        ),
      ),
    );
  },
};

async function lookAt(at: Looking, node: NodeReach, pods: readonly ApiPod[]): Promise<Observation> {
  const { host, running } = node;
  if (!running) return unavailable(at, 'pod-answers', host, 'there is no shell on it');
  try {
    const answering = pods.length === 0 ? new Set<string>() : await ask(at, running, pods);
    const asked = pods.map(({ namespace, name, uid }) => {
      return { namespace, name, uid, answered: answering.has(uid) };
    });
    return { kind: 'pod-answers', pods: asked, ...seen(at, host) };
  } catch (thrown) {
    return unavailable(at, 'pod-answers', host, messageOf(thrown));
  }
}

/** @returns the uids of those that answered. */
async function ask(
  at: Looking,
  host: RunningHost,
  pods: readonly ApiPod[],
): Promise<ReadonlySet<string>> {
  const places = pods.flatMap(({ uid, podIp, hostNetwork, tcpPorts }) =>
    // Static pods of the control plane listen for their kubelet alone.
    [podIp, ...(hostNetwork ? ['127.0.0.1'] : [])].flatMap((address) =>
      tcpPorts.map((port) => `${uid} ${address} ${port}`),
    ),
  );
  const finished = await host.shell('perl -e "$PROGRAM"', {
    timeoutMs: TIMEOUT_MS,
    env: { PROGRAM: ASK_PODS, PLACES: places.join('\n'), PODS: String(pods.length) },
    signal: at.signal,
  });
  if (finished.exitCode !== 0) throw new Error(whyEnded(finished));
  return new Set(finished.stdout.split('\n'));
}
