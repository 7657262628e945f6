import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Container } from 'dockerode';
import { packageRoot } from '../../../support/package-root.ts';
import { type Frame, frameOf, framesIn } from '../frames/frames.ts';
import { Unframed } from '../frames/unframed.ts';
import { Connection } from './connection.ts';

const FAR_END = join(packageRoot, 'harness/targets/container/relay/far-end.py');

/** Where something listens. */
export interface Endpoint {
  address: string;
  port: number;
}

/**
 * Carries connections from a container on, all over the one stream of one command in it: to start a command
 * for each takes the engine a third of a second, and a look at a cluster opens dozens.
 */
export class Carrier {
  readonly #far: Duplex;
  readonly #connections = new Map<number, Connection>();
  readonly #questions = new Map<number, (answer: Buffer) => void>();
  #lastNumber = 0;

  private constructor(far: Duplex) {
    this.#far = far;
    const answer = far.on('error', () => {}).pipe(new Unframed());
    far.once('close', () => answer.end());
    void this.#follow(answer);
  }

  /** @param container with Python, which Debian's systemctl needs too. */
  static async start(container: Container): Promise<Carrier> {
    const exec = await container.exec({
      Cmd: ['python3', '-ISc', await readFile(FAR_END, 'utf8')],
      AttachStdin: true,
      AttachStdout: true,
    });
    return new Carrier(await exec.start({ hijack: true, stdin: true }));
  }

  get ended(): boolean {
    return this.#far.destroyed;
  }

  /** A connection with an endpoint; it breaks when there is nobody. */
  connect(to: Endpoint): Connection {
    const number = this.#next();
    const connection = new Connection((kind, content) => {
      if (!this.ended) this.#far.write(frameOf(kind, number, content));
    });
    this.#connections.set(number, connection);
    connection.once('close', () => this.#connections.delete(number));
    this.#far.write(frameOf('open', number, Buffer.from(nameOf(to))));
    return connection;
  }

  /** Sends a datagram. @param onAnswer called with the first that comes back, if one does. */
  ask(to: Endpoint, query: Buffer, onAnswer: (answer: Buffer) => void): void {
    const number = this.#next();
    this.#questions.set(number, onAnswer);
    const content = Buffer.concat([Buffer.from(`${nameOf(to)}\n`), query]);
    this.#far.write(frameOf('ask', number, content));
  }

  close(): void {
    this.#far.destroy();
  }

  #next(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  async #follow(answer: Unframed): Promise<void> {
    try {
      for await (const frame of framesIn(answer)) this.#take(frame);
    } catch {
      // What cannot be understood is the end of it, too.
    }
    this.#far.destroy();
    for (const connection of this.#connections.values()) connection.destroy();
  }

  #take(frame: Frame): void {
    this.#connections.get(frame.number)?.receive(frame);
    this.#questions.get(frame.number)?.(frame.content);
    this.#questions.delete(frame.number);
  }
}

function nameOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
