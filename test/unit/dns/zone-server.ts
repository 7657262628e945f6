import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as packet from 'dns-packet';
import { afterEach } from 'vitest';
import type { DnsServer } from '../../../harness/dns/ask.ts';

/** What the server answers to a question by name; undefined is silence. */
export type Zone = (name: string) => { answers?: packet.Answer[]; rcode?: number } | undefined;

export const NXDOMAIN = 3;
export const SERVFAIL = 2;
const closing: (() => void)[] = [];
afterEach(closeServers);

/** Before the test ends, for one that wants nobody there. */
export function closeServers(): void {
  for (const close of closing.splice(0)) close();
}

function answerTo(query: packet.DecodedPacket, zone: Zone): Buffer | undefined {
  const answer = zone(query.questions?.[0]?.name ?? '');
  if (answer === undefined) return undefined;
  const { answers = [], rcode = 0 } = answer;
  const questions = query.questions ?? [];
  return packet.encode({ type: 'response', id: query.id ?? 0, flags: rcode, questions, answers });
}

export async function overUdp(zone: Zone, port = 0): Promise<DnsServer> {
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
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return { address: '127.0.0.1', port: socket.address().port };
}

/** Each has its length before it. */
function messagesIn(data: Buffer): Buffer[] {
  if (data.length === 0) return [];
  const end = 2 + data.readUInt16BE(0);
  return [data.subarray(2, end), ...messagesIn(data.subarray(end))];
}

/** Sends its answers in pieces, as a network may. */
export async function overTcp(zone: Zone, port = 0): Promise<DnsServer> {
  const server = createServer((socket: Socket) => {
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const answers = messagesIn(Buffer.from(data)).flatMap((message) => {
        const answer = answerTo(packet.decode(message), zone);
        if (answer === undefined) return [];
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        return [length, answer];
      });
      const bytes = Buffer.concat(answers);
      socket.write(bytes.subarray(0, 1));
      setTimeout(() => socket.write(bytes.subarray(1)), 5);
    });
  });
  closing.push(() => server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
