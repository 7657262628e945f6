import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Container, Exec } from 'dockerode';
import { systemClock } from '../../../support/clock.ts';
import { packageRoot } from '../../../support/package-root.ts';
import { type Frame, frameOf, framesIn, type Kind } from '../frames/frames.ts';
import { Unframed } from '../frames/unframed.ts';

const FAR_END = join(packageRoot, 'harness/targets/container/shell/far-end.pl');
const SETTLED_MS = 1000;

/** Told what a script says, and once how it ended: with its exit code, or why that is not known. */
export interface Listener {
  heard(stream: 'stdout' | 'stderr', part: Buffer): void;
  ended(how: { exitCode: number } | { problem: string }): void;
}

/**
 * Scripts that run in a container, all over the one stream of one command in it: to start a command for each
 * takes the engine as much of a processor as most of them take themselves.
 */
export class Session {
  readonly #container: Container;
  readonly #exec: Exec;
  readonly #far: Duplex;
  readonly #listeners = new Map<number, Listener>();
  #lastNumber = 0;
  #over = false;

  private constructor(container: Container, exec: Exec, far: Duplex) {
    this.#container = container;
    this.#exec = exec;
    this.#far = far;
    const answer = far.on('error', () => {}).pipe(new Unframed());
    far.once('close', () => answer.end());
    this.#keepAwake(false);
    void this.#follow(answer);
  }

  /** @param container with Perl, which the base of Debian has. */
  static async start(container: Container): Promise<Session> {
    const exec = await container.exec({
      Cmd: ['perl', '-e', await readFile(FAR_END, 'utf8')],
      AttachStdin: true,
      AttachStdout: true,
    });
    return new Session(container, exec, await exec.start({ hijack: true, stdin: true }));
  }

  /** With its container, or because somebody killed its command. */
  get over(): boolean {
    return this.#over;
  }

  /** Starts a command in a session of its own. @returns its number. */
  run(command: Command, listener: Listener): number {
    this.#lastNumber += 1;
    this.#listeners.set(this.#lastNumber, listener);
    this.#keepAwake(true);
    this.#send('run', this.#lastNumber, contentOf(command));
    return this.#lastNumber;
  }

  /** Kills it and all that it started and that has not left its session. */
  kill(number: number): void {
    this.#send('kill', number);
  }

  /** Nothing more is heard of it. */
  forget(number: number): void {
    this.#listeners.delete(number);
    if (this.#listeners.size === 0) this.#keepAwake(false);
  }

  #send(kind: Kind, number: number, content?: Buffer): void {
    if (!this.#over) this.#far.write(frameOf(kind, number, content));
  }

  async #follow(answer: Unframed): Promise<void> {
    try {
      for await (const frame of framesIn(answer)) this.#take(frame);
    } catch {
      // What cannot be understood is the end of it, too.
    }
    this.#over = true;
    this.#far.destroy();
    if (this.#listeners.size === 0) return;
    const problem = await this.#whyOver();
    for (const listener of this.#listeners.values()) listener.ended({ problem });
  }

  #take({ kind, number, content }: Frame): void {
    const listener = this.#listeners.get(number);
    if (kind === 'stdout' || kind === 'stderr') listener?.heard(kind, content);
    if (kind !== 'exit') return;
    const code = String(content);
    listener?.ended(
      /^\d+$/.test(code)
        ? { exitCode: Number(code) }
        : { problem: `could not be started: ${code}` },
    );
  }

  async #whyOver(): Promise<string> {
    if (await this.#isOff()) return 'its host was switched off';
    const seen = await this.#exec.inspect().catch(() => undefined);
    const code = seen?.ExitCode;
    if (code === 126 || code === 127) return 'could not be started: its host has no perl';
    return `the shell of its host ended with code ${code}`;
  }

  /** A container that ends, and the command in it, are told of in any order. */
  async #isOff(): Promise<boolean> {
    const enough = new AbortController();
    const waiting = { condition: 'not-running', abortSignal: enough.signal } as const;
    const ended = this.#container.wait(waiting).then(
      () => true,
      () => true, // It is no more, or its engine is not.
    );
    const isOff = await Promise.race([ended, systemClock.pause(SETTLED_MS).then(() => false)]);
    enough.abort();
    return isOff;
  }

  /** A program whose work is done can end though the session lasts. */
  #keepAwake(isNeeded: boolean): void {
    if (!('ref' in this.#far && 'unref' in this.#far)) return;
    const change = isNeeded ? this.#far.ref : this.#far.unref;
    if (typeof change === 'function') change.call(this.#far);
  }
}

export interface Command {
  cwd: string;
  env: Record<string, string>;
  /** Its standard input, which is empty without one. */
  input: string | undefined;
  /** The program, which is looked for in PATH, and its arguments. */
  words: readonly string[];
}

/** As `fields` of the far end reads it. */
function contentOf({ cwd, env, input, words }: Command): Buffer {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const hasInput = input === undefined ? '' : '1';
  return Buffer.concat(
    [cwd, hasInput, input ?? '', String(settings.length), ...settings, ...words].flatMap(
      (field) => {
        const bytes = Buffer.from(field);
        const head = Buffer.alloc(4);
        head.writeUInt32BE(bytes.length);
        return [head, bytes];
      },
    ),
  );
}
