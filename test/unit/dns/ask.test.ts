import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as packet from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { askDns, type DnsServer } from '../../../harness/dns/ask.ts';

/** What the server answers to a question by name; undefined is silence. */
type Zone = (name: string) => { answers?: packet.Answer[]; rcode?: number } | undefined;

const NXDOMAIN = 3;
const SERVFAIL = 2;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function answerTo(query: packet.DecodedPacket, zone: Zone): Buffer | undefined {
  const answer = zone(query.questions?.[0]?.name ?? '');
  if (answer === undefined) return undefined;
  const { answers = [], rcode = 0 } = answer;
  const questions = query.questions ?? [];
  return packet.encode({ type: 'response', id: query.id ?? 0, flags: rcode, questions, answers });
}

async function overUdp(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4');
  closing.push(() => socket.close());
  socket.on('message', (message, from) => {
    const query = packet.decode(message);
    const answer = answerTo(query, zone);
    if (answer === undefined) return;
    // One for somebody else comes first.
    const foreign = Buffer.from(answer);
    foreign.writeUInt16BE(((query.id ?? 0) + 1) % 65_536, 0);
    socket.send(foreign, from.port, from.address);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: '127.0.0.1', port: socket.address().port };
}

/** Sends its answers in pieces, as a network may. */
async function overTcp(zone: Zone): Promise<DnsServer> {
  const server = createServer((socket: Socket) => {
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const answer = answerTo(packet.decode(Buffer.from(data).subarray(2)), zone);
      if (answer === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(length.subarray(0, 1));
      setTimeout(() => socket.write(Buffer.concat([length.subarray(1), answer])), 5);
    });
  });
  closing.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const ZONE: Zone = (name) => {
  if (name === 'silent') return undefined;
  if (name === 'broken') return { rcode: SERVFAIL };
  if (name === 'empty') return {};
  if (name === 'web') {
    return {
      answers: ['10.96.3.5', '10.96.3.4'].map((data) => ({ type: 'A', name, data, ttl: 5 })),
    };
  }
  if (name === '_http._tcp.web') {
    return { answers: [{ type: 'SRV', name, data: { port: 80, target: 'web' }, ttl: 5 }] };
  }
  return { rcode: NXDOMAIN };
};

describe.each([
  ['udp', overUdp],
  ['tcp', overTcp],
] as const)('a question over %s', (transport, serve) => {
  it('is answered with addresses in order, or with ports and targets', async () => {
    const server = await serve(ZONE);
    const ask = (name: string, type: 'A' | 'SRV') =>
      askDns(server, { name, type }, transport, 5000);
    expect(await ask('web', 'A')).toEqual(['10.96.3.4', '10.96.3.5']);
    expect(await ask('_http._tcp.web', 'SRV')).toEqual(['80 web']);
  });

  it('tells a name that is not there from one without an address', async () => {
    const server = await serve(ZONE);
    expect(await askDns(server, { name: 'nobody', type: 'A' }, transport, 5000)).toBeNull();
    expect(await askDns(server, { name: 'empty', type: 'A' }, transport, 5000)).toEqual([]);
  });

  it('fails when the server says that it fails, is silent, or is not there', async () => {
    const server = await serve(ZONE);
    const problem = (at: DnsServer, name: string, timeoutMs: number) =>
      askDns(at, { name, type: 'A' }, transport, timeoutMs).catch((error: Error) => error.message);
    expect(await problem(server, 'broken', 5000)).toBe('it answers SERVFAIL');
    expect(await problem(server, 'silent', 200)).toBe(`no answer over ${transport.toUpperCase()}`);
    const gone = await serve(ZONE);
    for (const close of closing.splice(0)) close();
    expect(await problem(gone, 'web', 5000)).toContain('ECONNREFUSED');
  });
});
