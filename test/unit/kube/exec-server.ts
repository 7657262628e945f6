import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
/** A character of two bytes falls into two messages. */
const CUT_BYTES = 1021;

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
  const speaking = new WebSocketServer({
    noServer: true,
    handleProtocols: ([best]) => best ?? false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
    const [, pod = ''] = /\/pods\/([^/]+)\/exec$/.exec(pathname) ?? [];
    const container = searchParams.get('container') ?? '';
    const ending = ends({ pod, container, command: searchParams.getAll('command') });
    // As kubelets do, which answer in nothing that has a name.
    if (request.headers.accept === 'application/json') refuse(socket, 406, '406: Not Acceptable');
    else if (typeof ending === 'object' && 'refused' in ending) {
      const { code, message } = ending.refused;
      refuse(socket, code, JSON.stringify({ kind: 'Status', reason: 'Forbidden', message }));
    } else speaking.handleUpgrade(request, socket, head, (speaker) => answer(speaker, ending));
  });
}

function answer(speaker: WebSocket, ending: Answered): void {
  const say = (channel: number, what: Buffer | object) => {
    const bytes = Buffer.isBuffer(what) ? what : Buffer.from(JSON.stringify(what));
    speaker.send(Buffer.concat([Buffer.from([channel]), bytes]));
  };
  say(STDOUT, Buffer.alloc(0));
  if (ending === 'hangs') return;
  if (ending === 'breaks off') {
    speaker.terminate();
    return;
  }
  if ('notStarted' in ending)
    say(STATUS, status({ reason: 'InternalError', message: ending.notStarted }));
  else {
    const { stdout = '', stderr = '', exitCode } = ending;
    const bytes = Buffer.from(stdout);
    for (let at = 0; at < bytes.length; at += CUT_BYTES)
      say(STDOUT, bytes.subarray(at, at + CUT_BYTES));
    if (stderr !== '') say(STDERR, Buffer.from(stderr));
    say(STATUS, exitCode === 0 ? { status: 'Success' } : nonZero(exitCode));
  }
  speaker.close(1000);
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
