import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const BINARY = 0x2;
const CLOSE = 0x8;

/** What comes of a program in a container; nothing is said of it where it hangs. */
export type SomeEnding =
  | { stdout?: string; stderr?: string; exitCode: number }
  | { notStarted: string }
  | { refused: { code: number; message: string } }
  | 'hangs'
  | 'breaks off';

type Answered = Exclude<SomeEnding, { refused: unknown }>;

export interface SomeExec {
  pod: string;
  container: string;
  command: string[];
}

/** Lets a server answer what `kubectl exec` asks, over a WebSocket as kube-apiserver does. */
export function serveExec(server: Server, ends: (exec: SomeExec) => SomeEnding): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
    const [, pod = ''] = /\/pods\/([^/]+)\/exec$/.exec(pathname) ?? [];
    const container = searchParams.get('container') ?? '';
    const ending = ends({ pod, container, command: searchParams.getAll('command') });
    // As kubelets do.
    if (request.headers.accept !== '*/*') refuse(socket, 406, '406: Not Acceptable');
    else if (typeof ending === 'object' && 'refused' in ending) {
      const { code, message } = ending.refused;
      refuse(socket, code, JSON.stringify({ kind: 'Status', reason: 'Forbidden', message }));
    } else answer(request, socket, ending);
  });
}

function answer({ headers }: IncomingMessage, socket: Duplex, ending: Answered): void {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'connection: Upgrade',
    'upgrade: websocket',
    `sec-websocket-accept: ${accept}`,
    `sec-websocket-protocol: ${headers['sec-websocket-protocol']?.split(', ')[0]}`,
  ].join('\r\n');
  // The first message may come in one packet with the head.
  const hello = frame(BINARY, Buffer.from([STDOUT]));
  socket.write(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), hello]));
  if (ending === 'hangs') return;
  if (ending === 'breaks off') {
    socket.end();
    return;
  }
  if ('notStarted' in ending)
    say(socket, STATUS, status({ reason: 'InternalError', message: ending.notStarted }));
  else {
    const { stdout = '', stderr = '', exitCode } = ending;
    // Cut where it pleases: within a character.
    const bytes = Buffer.from(stdout);
    for (let at = 0; at < bytes.length; at += 1021)
      say(socket, STDOUT, bytes.subarray(at, at + 1021));
    if (stderr !== '') say(socket, STDERR, Buffer.from(stderr));
    say(socket, STATUS, exitCode === 0 ? { status: 'Success' } : nonZero(exitCode));
  }
  socket.end(frame(CLOSE, Buffer.from([0x03, 0xe8])));
}

function refuse(socket: Duplex, code: number, body: string): void {
  socket.end(`HTTP/1.1 ${code} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function nonZero(exitCode: number): object {
  const causes = [{ reason: 'ExitCode', message: String(exitCode) }];
  return status({ reason: 'NonZeroExitCode', message: 'it failed', details: { causes } });
}

function status(failure: object): object {
  return { metadata: {}, status: 'Failure', ...failure };
}

function say(socket: Duplex, channel: number, what: Buffer | object): void {
  const bytes = Buffer.isBuffer(what) ? what : Buffer.from(JSON.stringify(what));
  socket.write(frame(BINARY, Buffer.concat([Buffer.from([channel]), bytes])));
}

/** One of a server. */
export function frame(opcode: number, payload: Buffer, last = true): Buffer {
  const head = Buffer.alloc(10);
  head[0] = (last ? 0x80 : 0) | opcode;
  if (payload.length < 126) {
    head[1] = payload.length;
    return Buffer.concat([head.subarray(0, 2), payload]);
  }
  if (payload.length < 0x10000) {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
    return Buffer.concat([head.subarray(0, 4), payload]);
  }
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
