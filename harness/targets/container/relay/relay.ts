import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Container } from 'dockerode';
import { environmentError } from '../../../support/errors.ts';
import { Carrier, type Endpoint } from './carrier.ts';

const NEAR = '127.0.0.1';
const PORT_ATTEMPTS_MAX = 20;

/**
 * Brings connections with 127.0.0.1 of this machine to addresses that only a drill's own containers reach:
 * from one of them they go on, carried there over Docker's API. Nothing is published, and a host that its
 * network has lost is lost to the relay too.
 */
export class Relay {
  readonly #container: Container;
  readonly #servers = new Set<Server | UdpSocket>();
  readonly #clients = new Set<Socket>();
  #carrier: Promise<Carrier> | undefined;

  /** @param container where connections go on from; a neighbour of those to be reached. */
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
      const udp = createSocket('udp4', (query, { address, port }) => {
        void this.#ask(far, query, (answer) => {
          if (this.#servers.has(udp)) udp.send(answer, port, address);
        });
      });
      this.#servers.add(udp);
      udp.bind(0, NEAR);
      await once(udp, 'listening');
      const both = await this.#listen(far, udp.address().port).catch(() => undefined);
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
  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
    for (const client of this.#clients) client.destroy();
    const carrier = await this.#carrier?.catch(() => undefined);
    carrier?.close();
  }

  async #listen(far: Endpoint, port: number): Promise<Endpoint> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      void this.#carry(client, far);
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
  async #carry(client: Socket, to: Endpoint): Promise<void> {
    this.#clients.add(client);
    client.on('error', () => {}).once('close', () => this.#clients.delete(client));
    const carrier = await this.#current();
    if (carrier === undefined || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const far = carrier.connect(to);
    far.on('error', () => {});
    far.once('close', () => (far.readableEnded ? client.destroySoon() : client.resetAndDestroy()));
    client.once('close', () => client.readableEnded || far.destroy());
    client.pipe(far).pipe(client);
  }

  async #ask(to: Endpoint, query: Buffer, onAnswer: (answer: Buffer) => void): Promise<void> {
    (await this.#current())?.ask(to, query, onAnswer);
  }

  /** Started when it is needed first, or has ended: with an operator that is on again it works again. */
  async #current(): Promise<Carrier | undefined> {
    try {
      if ((await this.#carrier)?.ended) this.#carrier = undefined;
      this.#carrier ??= Carrier.start(this.#container);
      return await this.#carrier;
    } catch {
      this.#carrier = undefined;
      return undefined;
    }
  }
}
