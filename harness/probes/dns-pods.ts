import { decodeAnswer, encodeQuestion, withLength } from '../dns/ask.ts';
import type { ApiPod } from '../model/node-observation.ts';
import type { AskedName, Observation } from '../model/observation.ts';
import { messageOf } from '../support/errors.ts';
import type { Expected } from './dns-questions.ts';
import { type Looking, seen, unavailable } from './probe.ts';
import { whyEnded } from './why-ended.ts';

const TIMEOUT_MS = 20_000;
const QUESTIONS_MAX = 20;

/**
 * Sends `$QUESTIONS` (all messages in hexadecimal digits) to `$ADDRESS` over one connection, and prints each of `$COUNT` answers,
 * in whatever order they come, as a line of the same. Every Debian has this much of perl.
 */
export const ASK_SERVER = String.raw`
use strict;
use IO::Socket::INET;
$SIG{ALRM} = sub { die "no answer over TCP\n" };
alarm 4;
my $server = IO::Socket::INET->new(PeerAddr => $ENV{ADDRESS}, PeerPort => $ENV{PORT}, Proto => 'tcp')
  or die "no answer over TCP: $!\n";
print {$server} pack('H*', $ENV{QUESTIONS});
$server->flush;
for (1 .. $ENV{COUNT}) {
  alarm 4;
  my ($length, $answer);
  read($server, $length, 2) == 2 or die "the connection ended before the last answer\n";
  $length = unpack 'n', $length;
  read($server, $answer, $length) == $length or die "the connection ended within an answer\n";
  print unpack('H*', $answer), "\n";
}
`;

/**
 * What each CoreDNS pod answers by itself, asked from its own node: behind one address of a Service there are
 * several, and one of them may have been told nothing. None where no node has a shell.
 */
export async function askDnsPods(
  at: Looking,
  expected: readonly Expected[],
): Promise<Observation[]> {
  // Those that must not exist come last, and tell most.
  const questions = expected.filter(({ type }) => type === 'A').slice(-QUESTIONS_MAX);
  const pods = at.seen
    .flatMap((each) => (each.kind === 'api-pods' ? each.pods : []))
    .filter(
      ({ labels, ready, deleting }) => labels['k8s-app'] === 'kube-dns' && ready && !deleting,
    );
  const looks = pods.flatMap((pod) => {
    const host = at.nodes.find((node) => node.host === pod.node)?.running;
    return host === undefined ? [] : [askPod(at, host, pod, questions)];
  });
  return Promise.all(looks);
}

async function askPod(
  at: Looking,
  host: NonNullable<Looking['nodes'][number]['running']>,
  { name: pod, podIp }: ApiPod,
  questions: readonly Expected[],
): Promise<Observation> {
  const messages = questions.map((question, id) => withLength(encodeQuestion(question, id)));
  const finished = await host.shell('perl -e "$PROGRAM"', {
    timeoutMs: TIMEOUT_MS,
    env: {
      PROGRAM: ASK_SERVER,
      ADDRESS: podIp ?? '',
      PORT: '53',
      QUESTIONS: Buffer.concat(messages).toString('hex'),
      COUNT: String(messages.length),
    },
    signal: at.signal,
  });
  const silent = { udp: null, tcp: finished.exitCode === 0 ? null : whyEnded(finished) };
  try {
    const asked = finished.exitCode === 0 ? answersTo(questions, finished.stdout) : [];
    return { kind: 'dns-names', silent, asked, ...seen(at, pod) };
  } catch (thrown) {
    return unavailable(at, 'dns-names', pod, messageOf(thrown));
  }
}

/**
 * @param output a line of hexadecimal digits each; the id of an answer is the place of its question.
 * @throws Error for a line that is no answer.
 */
export function answersTo(questions: readonly Expected[], output: string): AskedName[] {
  const answers = output.split('\n').filter((line) => line !== '');
  return answers.flatMap((line): AskedName[] => {
    const message = Buffer.from(line, 'hex');
    const question = questions[message.readUInt16BE(0)];
    if (question === undefined) return [];
    const { service, name, type, expected } = question;
    const { group, resource, namespace, name: of } = service;
    const object = { group, resource, namespace, name: of };
    const asked = { service: object, name, type, transport: 'tcp' as const, expected };
    try {
      return [{ ...asked, answered: decodeAnswer(message), error: null }];
    } catch (thrown) {
      return [{ ...asked, answered: null, error: messageOf(thrown) }];
    }
  });
}
