import type { Container } from 'dockerode';
import { type Finished, OUTPUT_BYTES_MAX } from '../../../exec/run.ts';
import { systemClock } from '../../../support/clock.ts';
import { messageOf } from '../../../support/errors.ts';
import type { ShellOptions } from '../../host.ts';
import { type Command, type Listener, Session } from './session.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** For the end of the output of what was killed. */
const LAST_WORDS_MS = 2000;

/** Runs scripts in a container, until it ends. */
export class ContainerShell {
  readonly #container: Container;
  #session: Promise<Session> | undefined;

  constructor(container: Container) {
    this.#container = container;
  }

  /** Never throws for what the script does. */
  async run(script: string, options: ShellOptions): Promise<Finished> {
    const words = [...(options.shell ?? 'bash -euo pipefail').split(/\s+/), '-c', script];
    const startMs = systemClock.monotonicMs();
    const finished = (ending: Omit<Finished, 'command' | 'durationMs'>): Finished => ({
      command: `${words.slice(0, -1).join(' ')} '${script.replaceAll("'", `'\\''`)}'`,
      durationMs: systemClock.monotonicMs() - startMs,
      ...ending,
    });
    try {
      const session = await this.#connected();
      return finished(await follow(session, commandOf(words, options), options));
    } catch (thrown) {
      const problem = `could not be started: ${messageOf(thrown)}`;
      return finished({ exitCode: null, problem, stdout: '', stderr: '' });
    }
  }

  async #connected(): Promise<Session> {
    const known = this.#session;
    const last = await known;
    if (last && !last.over) return last;
    if (this.#session !== known) return this.#connected(); // Somebody else was quicker.
    const next = Session.start(this.#container);
    this.#session = next;
    next.catch(() => {
      if (this.#session === next) this.#session = undefined;
    });
    return next;
  }
}

function commandOf(words: string[], { cwd, env, input }: ShellOptions): Command {
  const settings = { PATH, HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb', ...env };
  return { cwd: cwd ?? '/root', env: settings, input, words };
}

async function follow(
  session: Session,
  command: Command,
  options: ShellOptions,
): Promise<Omit<Finished, 'command' | 'durationMs'>> {
  const outputs = { stdout: new Output(), stderr: new Output() };
  const texts = () => ({ stdout: outputs.stdout.text(), stderr: outputs.stderr.text() });
  let number = 0;
  const ended = new Promise<Ending>((resolve) => {
    const listener: Listener = {
      heard: (stream, part) => outputs[stream].add(part),
      ended: resolve,
    };
    number = session.run(command, listener);
  });
  try {
    const end = await Promise.race([ended, tooLong(ended, options)]);
    if (typeof end !== 'string') return { exitCode: null, problem: undefined, ...end, ...texts() };
    session.kill(number);
    await Promise.race([ended, systemClock.pause(LAST_WORDS_MS)]);
    return { exitCode: null, problem: end, ...texts() };
  } finally {
    session.forget(number);
  }
}

type Ending = Parameters<Listener['ended']>[0];

/** Why it has to be stopped before its end. */
async function tooLong(
  ended: Promise<Ending>,
  { timeoutMs, signal }: ShellOptions,
): Promise<string> {
  const over = new AbortController();
  void ended.then(() => over.abort());
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  await systemClock.pause(timeoutMs, stop);
  return signal?.aborted ? 'stopped' : `timed out after ${timeoutMs / 1000} s`;
}

/** The end of what came out, at most OUTPUT_BYTES_MAX. */
class Output {
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    while (this.#sizeBytes > OUTPUT_BYTES_MAX) {
      this.#sizeBytes -= this.#chunks.shift()?.length ?? 0;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
