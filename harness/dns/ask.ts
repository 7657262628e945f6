import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import * as packet from 'dns-packet';

export interface DnsServer {
  address: string;
  port: number;
}

export interface Question {
  name: string;
  type: 'A' | 'SRV';
}

export type Transport = 'udp' | 'tcp';

/**
 * Asks one server one question.
 * @returns addresses, the name that it stands for where it does, or `port target` for SRV, sorted; null when it says that
 *   there is no such name.
 * @throws Error when it does not answer within `timeoutMs`, or answers with an error (`SERVFAIL`).
 */
export async function askDns(
  server: DnsServer,
  { name, type }: Question,
  transport: Transport,
  timeoutMs: number,
): Promise<string[] | null> {
  const query = encodeQuestion({ name, type }, randomInt(65_536));
  const signal = AbortSignal.timeout(timeoutMs);
  const answer =
    transport === 'udp'
      ? await overUdp(server, query, signal)
      : await overTcp(server, query, signal);
  return decodeAnswer(answer);
}

/** @param id the answer has the same one. */
export function encodeQuestion({ name, type }: Question, id: number): Buffer {
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name, class: 'IN' }],
  });
}

/** As `askDns`. @throws Error for an answer that is an error, or none. */
export function decodeAnswer(answer: Buffer): string[] | null {
  const { answers = [], ...header } = packet.decode(answer);
  // The types of dns-packet leave it out: https://github.com/mafintosh/dns-packet#packets
  const rcode = 'rcode' in header ? String(header.rcode) : '';
  if (rcode === 'NXDOMAIN') return null;
  if (rcode !== 'NOERROR') throw new Error(`it answers ${rcode}`);
  return answers
    .flatMap((record) => {
      if (record.type === 'A' || record.type === 'CNAME') return [record.data];
      return record.type === 'SRV' ? [`${record.data.port} ${record.data.target}`] : [];
    })
    .sort();
}

function overUdp(server: DnsServer, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (act: () => void) => {
      signal.removeEventListener('abort', late);
      socket.close();
      act();
    };
    const late = () => end(() => reject(new Error('no answer over UDP')));
    signal.addEventListener('abort', late, { once: true });
    socket.once('error', (error) => end(() => reject(error)));
    socket.on('message', (message) => {
      if (sameId(message, query)) end(() => resolve(message));
    });
    // Connected, so that a port where nobody listens is an error and not silence.
    socket.connect(server.port, server.address, () => socket.send(query));
  });
}

function sameId(message: Buffer, query: Buffer): boolean {
  return message.length > 2 && message.readUInt16BE(0) === query.readUInt16BE(0);
}

/** Over TCP each message has its length before it (RFC 1035, 4.2.2). */
function overTcp(server: DnsServer, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    const end = (act: () => void) => {
      signal.removeEventListener('abort', late);
      socket.destroy();
      act();
    };
    const late = () => end(() => reject(new Error('no answer over TCP')));
    signal.addEventListener('abort', late, { once: true });
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('end', () => end(() => reject(new Error('it closed the connection'))));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const sizeBytes = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0);
      if (received.length >= 2 + sizeBytes) end(() => resolve(received.subarray(2, 2 + sizeBytes)));
    });
    socket.write(withLength(query));
  });
}

/** A message as it is sent over TCP. */
export function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
