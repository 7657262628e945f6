import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Container } from 'dockerode';
import { environmentError } from '../../support/errors.ts';
import { Unframed } from './unframed.ts';

const NEAR = '127.0.0.1';
const PORT_ATTEMPTS_MAX = 20;

/**
 * The image has Python for its systemctl. Who serves may learn that the client has said all and answer then;
 * of a host that lost its power nothing is heard, so that the system asks for it as it does for a watch.
 */
const CARRY_STREAM = `
import os, socket, sys, threading, time
far = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
far.settimeout(None)
far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
far.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
for option, value in (socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 10):
    far.setsockopt(socket.IPPROTO_TCP, option, value)
def send():
    while part := os.read(0, 65536): far.sendall(part)
    far.shutdown(socket.SHUT_WR)
    time.sleep(30)
    os._exit(1)
threading.Thread(target=send, daemon=True).start()
near = sys.stdout.buffer
while part := far.recv(65536): near.write(part), near.flush()
`;

const CARRY_DATAGRAM = `
import os, socket, sys
far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
far.settimeout(5)
far.connect((sys.argv[1], int(sys.argv[2])))
far.send(sys.stdin.buffer.read())
os.write(1, far.recv(65535))
`;

/** Where something listens. */
export interface Endpoint {
  address: string;
  port: number;
}

/**
 * Brings connections with 127.0.0.1 of this machine to addresses that only a drill's own containers reach:
 * each is carried by a command in one of them, over the streams of Docker's API. Nothing is published, and
 * a host that its network has lost is lost to the relay too.
 */
export class Relay {
  readonly #container: Container;
  readonly #servers = new Set<Server | UdpSocket>();
  readonly #ends = new Set<Duplex>();

  /** @param container where connections go on from; a neighbour of those to be reached, with Python. */
  constructor(container: Container) {
    this.#container = container;
  }

  /** @returns the URL at which another one answers here: `https://127.0.0.1:41234` for `https://10.78.4.11:2379`. */
  async urlOf(url: string): Promise<string> {
    const { protocol, hostname, port } = new URL(url);
    const near = await this.#listen({ address: hostname, port: Number(port) }, 0);
    return `${protocol}//${near.address}:${near.port}`;
  }

  /** Where a server of DNS answers here, over UDP and over TCP. */
  async dnsOf(far: Endpoint): Promise<Endpoint> {
    for (let attempt = 0; attempt < PORT_ATTEMPTS_MAX; attempt += 1) {
      const udp = createSocket('udp4');
      this.#servers.add(udp);
      udp.on('message', (query, { address, port }) => {
        void this.#ask(far, query).then((answer) => {
          if (answer !== undefined && this.#servers.has(udp)) udp.send(answer, port, address);
        });
      });
      udp.bind(0, NEAR);
      await once(udp, 'listening');
      const { port } = udp.address();
      const both = await this.#listen(far, port).catch(() => undefined);
      if (both !== undefined) return both;
      this.#servers.delete(udp);
      udp.close();
    }
    throw environmentError(
      `listen on ${NEAR} for the DNS server at ${far.address}`,
      `of ${PORT_ATTEMPTS_MAX} ports none was free for UDP and TCP`,
      'ss --listening --tcp --udp --numeric',
    );
  }

  /** Ends what is under way. */
  close(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
    for (const end of this.#ends) end.destroy();
  }

  async #listen(far: Endpoint, port: number): Promise<Endpoint> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      void this.#carry(near, far);
    });
    this.#servers.add(server);
    server.listen(port, NEAR);
    try {
      await once(server, 'listening');
    } catch (thrown) {
      this.#servers.delete(server);
      throw thrown;
    }
    return { address: NEAR, port: (server.address() as AddressInfo).port };
  }

  /** A client that finds nobody there loses its connection, without a word. */
  async #carry(near: Socket, to: Endpoint): Promise<void> {
    this.#keep(near);
    const far = await this.#start(CARRY_STREAM, to).catch(() => undefined);
    if (far === undefined || near.destroyed) {
      near.destroy();
      far?.destroy();
      return;
    }
    near.once('close', () => far.destroy());
    const answer = answerOf(far);
    answer.once('close', () =>
      near.bytesWritten > 0 ? near.destroySoon() : near.resetAndDestroy(),
    );
    answer.pipe(near, { end: false });
    near.pipe(far);
  }

  /** @returns undefined when no answer came. */
  async #ask(to: Endpoint, query: Buffer): Promise<Buffer | undefined> {
    try {
      const far = await this.#start(CARRY_DATAGRAM, to);
      far.end(query);
      const chunks: Buffer[] = [];
      for await (const chunk of answerOf(far)) chunks.push(chunk);
      return chunks.length === 0 ? undefined : Buffer.concat(chunks);
    } catch {
      return undefined;
    }
  }

  async #start(script: string, { address, port }: Endpoint): Promise<Duplex> {
    const exec = await this.#container.exec({
      Cmd: ['python3', '-ISc', script, address, String(port)],
      AttachStdin: true,
      AttachStdout: true,
    });
    const far = await exec.start({ hijack: true, stdin: true });
    this.#keep(far);
    return far;
  }

  /** What breaks is told by its end, which always follows. */
  #keep(end: Duplex): void {
    this.#ends.add(end);
    end.on('error', () => {}).once('close', () => this.#ends.delete(end));
  }
}

/** Closes when `far` does, also when that breaks off. */
function answerOf(far: Duplex): Unframed {
  const answer = new Unframed();
  answer.on('error', () => {});
  far.once('close', () => far.readableEnded || answer.destroy());
  return far.pipe(answer);
}
