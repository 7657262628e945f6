import { z } from 'zod';
import { encodeQuestion } from '../../dns/ask.ts';
import { EVERYWHERE } from '../../dns/names.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import type { Clock } from '../../support/clock.ts';
import { connect } from '../../targets/connections.ts';
import type { Cluster } from '../../targets/target.ts';
import { Watched } from './watched.ts';

/** So many times a process asks, three times a second: to start one for each would be more work than what it does. */
const TIMES = 6;
const ROUND_TIMEOUT_MS = 15_000;
/** An answer that takes longer is none. */
const PATIENCE_S = 0.5;
const NO_SHELL_PAUSE_MS = 300;
const LOOKUP_TIMEOUT_MS = 8000;
const LOOKUP_PAUSE_MS = 500;
const serviceSchema = z.object({ spec: z.object({ clusterIP: z.ipv4() }) });

/**
 * Asks, `$TIMES` times, what is at `$DNS` a `$QUESTION` and what is at `$WEB` (`ADDRESS:PORT`) for a page, `$PATIENCE` seconds at most, and
 * prints when it asked and when that was over (milliseconds since it began), and whether each answered.
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
for (1 .. $ENV{TIMES}) {
  my $asked = uptime();
  my $dns = IO::Socket::INET->new(Proto => 'udp', PeerAddr => $ENV{DNS});
  syswrite $dns, pack 'H*', $ENV{QUESTION} if $dns;
  my $web = $ENV{WEB} && IO::Socket::INET->new(Proto => 'tcp', PeerAddr => $ENV{WEB}, Blocking => 0);
  my ($waiting, $dialled) = (IO::Select->new($dns || ()), IO::Select->new($web || ()));
  my ($knows, $serves) = (0, 0);
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
      if ($dns && $one == $dns) { $knows = (unpack('x3C', $answer) & 15) == 0 ? 1 : 0 }
      else { $serves = $answer =~ m{^HTTP/1\.\d 200 } ? 1 : 0 }
    }
  }
  my $over = uptime();
  printf "%d %d %d %d\n", 1000 * ($asked - $began), 1000 * ($over - $began), $knows, $serves;
  select undef, undef, undef, 0.3 if $_ < $ENV{TIMES};
}
`;

interface Watch {
  nowMs(): number;
  clock: Clock;
  signal: AbortSignal;
}

/** Where the Services are that every node is to reach. */
interface Services {
  dns: string;
  /** Undefined where the node image has no pods that serve a page. */
  web: string | undefined;
}

/**
 * Whether each node reaches Services at their cluster IPs, which its own kube-proxy has to see to: CoreDNS, and the
 * pods behind the Ingress. Nothing where there are no nodes.
 */
export function followFromNodes(
  cluster: Cluster,
  watch: Watch,
): { watched: Watched[]; loops: Promise<void>[] } {
  if (cluster.nodes === undefined) return { watched: [], loops: [] };
  const services = addressesOf(cluster, watch);
  const hosts = cluster.nodes().map(({ host }) => ({
    host,
    dns: new Watched('service', `kube-dns from ${host}`),
    web: new Watched('service', `shop from ${host}`),
  }));
  return {
    watched: hosts.flatMap(({ dns, web }) => [dns, web]),
    loops: hosts.map(async (each) => {
      const known = await services;
      if (known !== undefined) await follow(cluster, each, known, watch);
    }),
  };
}

/** As soon as some API server tells, which during a fault may be late. @returns undefined when none did until the end. */
async function addressesOf(
  cluster: Cluster,
  { clock, signal }: Watch,
): Promise<Services | undefined> {
  const connections = connect(cluster, LOOKUP_TIMEOUT_MS);
  try {
    while (!signal.aborted) {
      for (const api of connections.apiServers) {
        const services = await addressesFrom(api, cluster.ingress !== undefined).catch(
          () => undefined,
        );
        if (services !== undefined) return services;
      }
      await clock.pause(LOOKUP_PAUSE_MS, signal);
    }
    return undefined;
  } finally {
    connections.close();
  }
}

async function addressesFrom(api: ApiServer, hasWeb: boolean): Promise<Services> {
  const addressOf = async (namespace: string, name: string) => {
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    return serviceSchema.parse(await api.get(path)).spec.clusterIP;
  };
  return {
    dns: await addressOf('kube-system', 'kube-dns'),
    web: hasWeb ? await addressOf('web', 'shop') : undefined,
  };
}

async function follow(
  cluster: Cluster,
  { host, dns, web }: { host: string; dns: Watched; web: Watched },
  services: Services,
  { nowMs, clock, signal }: Watch,
): Promise<void> {
  while (!signal.aborted) {
    const beganMs = nowMs();
    const machine = cluster.host(host);
    const lines =
      machine.state === 'running'
        ? await machine.shell('perl -e "$PROGRAM"', {
            timeoutMs: ROUND_TIMEOUT_MS,
            env: {
              PROGRAM: ASK_SERVICES,
              TIMES: String(TIMES),
              PATIENCE: String(PATIENCE_S),
              QUESTION: encodeQuestion({ name: EVERYWHERE, type: 'A' }, 1).toString('hex'),
              DNS: `${services.dns}:53`,
              WEB: services.web === undefined ? '' : `${services.web}:80`,
            },
            signal,
          })
        : undefined;
    if (signal.aborted) return;
    const round = readLines(lines?.stdout ?? '');
    // Its start may be late on a busy machine; its end is heard of at once.
    const startedMs = nowMs() - (round.at(-1)?.overMs ?? 0);
    for (const seen of round) {
      const [askedAtMs, answeredAtMs] = [startedMs + seen.askedMs, startedMs + seen.overMs];
      dns.note(seen.knows, askedAtMs, answeredAtMs);
      if (services.web !== undefined) web.note(seen.serves, askedAtMs, answeredAtMs);
    }
    if (lines?.exitCode === 0) continue;
    // A host without a shell serves nobody, either.
    dns.note(false, beganMs, nowMs());
    if (services.web !== undefined) web.note(false, beganMs, nowMs());
    await clock.pause(NO_SHELL_PAUSE_MS, signal);
  }
}

function readLines(output: string) {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [askedMs = 0, overMs = 0, knows = 0, serves = 0] = line.split(' ').map(Number);
      return { askedMs, overMs, knows: knows === 1, serves: serves === 1 };
    });
}
