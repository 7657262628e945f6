import { encodeQuestion } from '../../dns/ask.ts';
import { EVERYWHERE } from '../../dns/names.ts';
import type { Cluster } from '../../targets/target.ts';
import { DnsPods } from './dns-pods.ts';
import type { Places, Services } from './places.ts';
import type { Watch } from './watch.ts';
import { Watched } from './watched.ts';

/** So many times a process asks, three times a second: to start one for each would be more work than what it does. */
const TIMES = 6;
const ROUND_TIMEOUT_MS = 15_000;
/** An answer that takes longer is none. */
const PATIENCE_S = 0.5;
const PAUSE_MS = 300;
const LAST_LOOK_TIMEOUT_MS = 2000;

/**
 * Asks, `$TIMES` times, all that is at `$DNS` (`ADDRESS:PORT`, with spaces between) a `$QUESTION` and what is at `$WEB` for a page,
 * `$PATIENCE` seconds at most, and prints when it asked and when that was over (milliseconds since it began), whether the page came, and of
 * each of the others whether it answered.
 * Every Debian has this much of perl, whose base has no clock of milliseconds.
 */
export const ASK_SERVICES = String.raw`
use strict;
use IO::Select;
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
$| = 1;
sub uptime { open my $file, '<', '/proc/uptime' or die; return (split ' ', <$file>)[0] }
my $began = uptime();
my @places = split ' ', $ENV{DNS};
for (1 .. $ENV{TIMES}) {
  my $asked = uptime();
  my @dns = map { scalar IO::Socket::INET->new(Proto => 'udp', PeerAddr => $_) } @places;
  syswrite $_, pack 'H*', $ENV{QUESTION} for grep { $_ } @dns;
  my $web = $ENV{WEB} && IO::Socket::INET->new(Proto => 'tcp', PeerAddr => $ENV{WEB}, Blocking => 0);
  my ($waiting, $dialled) = (IO::Select->new(grep { $_ } @dns), IO::Select->new($web || ()));
  my ($serves, %knows) = (0);
  while ($waiting->count + $dialled->count > 0 && (my $left = $asked + $ENV{PATIENCE} - uptime()) > 0) {
    my ($readable, $writable) = IO::Select->select($waiting, $dialled, undef, $left);
    for my $one (@{$writable || []}) {
      $dialled->remove($one);
      $waiting->add($one) if syswrite $one, "GET / HTTP/1.0\r\n\r\n";
    }
    for my $one (@{$readable || []}) {
      $waiting->remove($one);
      my $read = sysread $one, my $answer, 512;
      next unless $read;
      if ($web && $one == $web) { $serves = $answer =~ m{^HTTP/1\.\d 200 } ? 1 : 0 }
      else { $knows{$one} = (unpack('x3C', $answer) & 15) == 0 }
    }
  }
  my $over = uptime();
  my @known = map { $_ && $knows{$_} ? 1 : 0 } @dns;
  printf "%d %d %s\n", 1000 * ($asked - $began), 1000 * ($over - $began), join ' ', $serves, @known;
  select undef, undef, undef, 0.3 if $_ < $ENV{TIMES};
}
`;

interface Asking {
  host: string;
  dns: Watched;
  web: Watched;
}

interface FromNodes {
  watched(): readonly Watched[];
  loops: Promise<void>[];
  /** Once the loops have ended: a round of theirs that was cut short may have been the first that is answered. */
  lookOnce(): Promise<void>;
  close(): void;
}

/**
 * Whether each node reaches Services at their cluster IPs, which its own kube-proxy has to see to: CoreDNS, and the
 * pods behind the Ingress; and each CoreDNS pod, asked on its own node.
 */
export function followFromNodes(cluster: Cluster, places: Places, watch: Watch): FromNodes {
  const pods = new DnsPods();
  const hosts = (cluster.nodes?.() ?? []).map(({ host }) => ({
    host,
    dns: new Watched('service', `kube-dns from ${host}`),
    web: new Watched('service', `shop from ${host}`),
  }));
  const services = hosts.flatMap(({ dns, web }) => [dns, web]);
  const watched = () => [...services, ...pods.watched];
  const list = () => pods.list(places.dnsPods, watch.nowMs());
  const lookAgain = async () => {
    const signal = AbortSignal.timeout(LAST_LOOK_TIMEOUT_MS);
    const looked = await Promise.race([
      places.look(),
      watch.clock.pause(LAST_LOOK_TIMEOUT_MS, signal).then(() => false),
    ]);
    if (looked) list();
    const { services: at } = places;
    if (at === undefined) return;
    const last = { ...watch, signal };
    await Promise.all(hosts.map((each) => askRound(cluster, each, pods, at, last, 1)));
  };
  return {
    watched,
    loops: [
      places.follow(watch, list),
      ...hosts.map((each) => follow(cluster, each, pods, places, watch)),
    ],
    lookOnce: async () => {
      if (watched().some(({ isOut }) => isOut)) await lookAgain();
    },
    close: () => places.close(),
  };
}

async function follow(
  cluster: Cluster,
  asking: Asking,
  pods: DnsPods,
  places: Places,
  watch: Watch,
): Promise<void> {
  const { clock, signal } = watch;
  while (!signal.aborted) {
    const { services } = places;
    const asked =
      services !== undefined && (await askRound(cluster, asking, pods, services, watch));
    if (!asked) await clock.pause(PAUSE_MS, signal);
  }
}

/** @returns whether the node could be asked to the end. */
async function askRound(
  cluster: Cluster,
  { host, dns, web }: Asking,
  pods: DnsPods,
  services: Services,
  { nowMs, signal }: Watch,
  times = TIMES,
): Promise<boolean> {
  const asked = pods.on(host);
  const beganMs = nowMs();
  const machine = cluster.host(host);
  const finished =
    machine.state === 'running'
      ? await machine.shell('perl -e "$PROGRAM"', {
          timeoutMs: ROUND_TIMEOUT_MS,
          env: {
            PROGRAM: ASK_SERVICES,
            TIMES: String(times),
            PATIENCE: String(PATIENCE_S),
            QUESTION: encodeQuestion({ name: EVERYWHERE, type: 'A' }, 1).toString('hex'),
            DNS: [`${services.dns}:53`, ...asked.map(({ at }) => at)].join(' '),
            WEB: services.web === undefined ? '' : `${services.web}:80`,
          },
          signal,
        })
      : undefined;
  if (signal.aborted) return false;
  const note = (serves: boolean, known: readonly boolean[], fromMs: number, toMs: number) => {
    if (services.web !== undefined) web.note(serves, fromMs, toMs);
    for (const [index, each] of [dns, ...asked.map(({ watched }) => watched)].entries())
      each.note(known[index] ?? false, fromMs, toMs);
  };
  const round = readLines(finished?.stdout ?? '');
  const lastedMs = round.at(-1)?.overMs ?? 0;
  const isWhole = finished?.exitCode === 0;
  // Its start may be late on a busy machine; its end is heard of at once, unless the node was gone before.
  const startedMs = isWhole ? nowMs() - lastedMs : beganMs;
  for (const { askedMs, overMs, serves, knows } of round)
    note(serves, knows, startedMs + askedMs, startedMs + overMs);
  // A host without a shell serves nobody, either.
  if (!isWhole) note(false, [], startedMs + lastedMs, nowMs());
  return isWhole;
}

function readLines(output: string) {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [askedMs = 0, overMs = 0, serves = 0, ...knows] = line.split(' ').map(Number);
      return { askedMs, overMs, serves: serves === 1, knows: knows.map((each) => each === 1) };
    });
}
