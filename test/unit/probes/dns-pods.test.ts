import * as packet from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { dnsNames as check } from '../../../harness/checks/dns-names.ts';
import { decodeAnswer, encodeQuestion, withLength } from '../../../harness/dns/ask.ts';
import { runOrThrow } from '../../../harness/exec/run.ts';
import type { DnsNames } from '../../../harness/model/observation.ts';
import { ASK_SERVER, answersTo } from '../../../harness/probes/dns-pods.ts';
import { healthy, ref } from '../../planted/healthy.ts';
import { overTcp } from '../dns/zone-server.ts';

const QUESTIONS = ['web', 'gone'].map((name) => ({
  service: ref('', 'services', 'shop', name),
  name: `${name}.shop.svc.cluster.local`,
  type: 'A' as const,
  expected: name === 'web' ? ['10.96.3.4'] : null,
}));
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** What a server says to the question of that id, as the probe's script prints it. */
function line(id: number, addresses: string[], rcode = 0): string {
  const name = QUESTIONS[id]?.name ?? '';
  return packet
    .encode({
      type: 'response',
      id,
      flags: rcode,
      questions: [{ type: 'A', name }],
      answers: addresses.map((data) => ({ type: 'A', name, data })),
    })
    .toString('hex');
}

describe('answers of one CoreDNS pod', () => {
  test('belong to their questions in whatever order they come', () => {
    const output = `${line(1, [], NXDOMAIN)}\n${line(0, ['10.96.3.4'])}\n`;
    expect(answersTo(QUESTIONS, output).map(({ name, answered }) => [name, answered])).toEqual([
      ['gone.shop.svc.cluster.local', null],
      ['web.shop.svc.cluster.local', ['10.96.3.4']],
    ]);
  });

  test('may be errors', () => {
    expect(answersTo(QUESTIONS, line(0, [], SERVFAIL))).toMatchObject([
      { answered: null, error: 'it answers SERVFAIL' },
    ]);
  });

  test('name the one pod of several that answers for a Service that is gone', () => {
    const said = (source: string, output: string): DnsNames => ({
      kind: 'dns-names',
      source,
      atMs: 0,
      silent: { udp: null, tcp: null },
      asked: answersTo(QUESTIONS, output),
    });
    const right = `${line(0, ['10.96.3.4'])}\n${line(1, [], NXDOMAIN)}`;
    const stale = `${line(0, ['10.96.3.4'])}\n${line(1, ['10.96.7.7'])}`;
    const twin = healthy();
    const examine = (...pods: DnsNames[]) =>
      check.examine({ ...twin, now: [...twin.now, ...pods] }).findings;
    expect(examine(said('coredns-1', right), said('coredns-2', right))).toEqual([]);
    const found = examine(said('coredns-1', right), said('coredns-2', stale));
    expect(found.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'dns-ghost-name coredns-2',
    ]);
  });
});

test('a question goes over TCP with its length before it', () => {
  const [question] = QUESTIONS;
  if (question === undefined) throw new Error('no question');
  const message = encodeQuestion(question, 7);
  const sent = withLength(message);
  expect(sent.readUInt16BE(0)).toBe(message.length);
  expect(packet.decode(sent.subarray(2))).toMatchObject({ id: 7 });
  expect(() => decodeAnswer(Buffer.from('no answer'))).toThrow();
});

describe('the script that asks a pod', () => {
  async function ask(port: number) {
    const messages = QUESTIONS.map((question, id) => withLength(encodeQuestion(question, id)));
    const env = {
      ADDRESS: '127.0.0.1',
      PORT: String(port),
      QUESTIONS: Buffer.concat(messages).toString('hex'),
      COUNT: String(messages.length),
    };
    return runOrThrow('ask', 'perl', ['-e', ASK_SERVER], { timeoutMs: 10_000, env });
  }

  test('prints every answer to what it asks over one connection', async () => {
    const { port } = await overTcp((name) =>
      name.startsWith('web')
        ? { answers: [{ type: 'A', name, data: '10.96.3.4', ttl: 5 }] }
        : { rcode: NXDOMAIN },
    );
    const { stdout } = await ask(port);
    expect(answersTo(QUESTIONS, stdout).map(({ answered }) => answered)).toEqual([
      ['10.96.3.4'],
      null,
    ]);
  });

  test('fails where nobody listens', async () => {
    await expect(ask(1)).rejects.toThrow();
  });
});
