import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import type { Container, Exec } from 'dockerode';
import { type Finished, OUTPUT_BYTES_MAX } from '../../exec/run.ts';
import { systemClock } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import type { ShellOptions } from '../host.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** For the end of the output of what was killed. */
const LAST_WORDS_MS = 2000;
/** Docker knows a process in a container by its number outside, so that each leaves its own number inside. */
const NUMBERS = '/run/kubedrill';
const LEAVE_NUMBER = `[ -d ${NUMBERS} ] || mkdir -p ${NUMBERS} && echo $$ >${NUMBERS}/$0 && exec "$@"`;
/** The session of its own that Docker starts each of them in; a service that it started has left it. */
const KILL = `kill -KILL -- "-$(cat ${NUMBERS}/$0)"`;

/**
 * Runs a script in a container, over Docker's API itself: testcontainers' exec takes no input and has
 * no deadline. Never throws for what the script does.
 */
export async function shellIn(
  container: Container,
  script: string,
  options: ShellOptions,
): Promise<Finished> {
  const shell = (options.shell ?? 'bash -euo pipefail').split(/\s+/);
  const startMs = systemClock.monotonicMs();
  const finished = (ending: Omit<Finished, 'command' | 'durationMs'>): Finished => ({
    command: `${shell.join(' ')} -c '${script.replaceAll("'", `'\\''`)}'`,
    durationMs: systemClock.monotonicMs() - startMs,
    ...ending,
  });
  try {
    const number = randomBytes(6).toString('hex');
    const exec = await container.exec({
      Cmd: ['bash', '-c', LEAVE_NUMBER, number, ...shell, '-c', script],
      Env: Object.entries({
        PATH,
        HOME: '/root',
        LANG: 'C.UTF-8',
        TERM: 'dumb',
        ...options.env,
      }).map(([name, value]) => `${name}=${value}`),
      WorkingDir: options.cwd ?? '/root',
      AttachStdin: options.input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    });
    return finished(await follow(container, exec, number, options));
  } catch (thrown) {
    const problem = `could not be started: ${messageOf(thrown)}`;
    return finished({ exitCode: null, problem, stdout: '', stderr: '' });
  }
}

async function follow(
  container: Container,
  exec: Exec,
  number: string,
  options: ShellOptions,
): Promise<Omit<Finished, 'command' | 'durationMs'>> {
  const stdin = options.input !== undefined;
  const stream = await exec.start({ hijack: true, stdin });
  if (stdin) stream.end(options.input);
  const [stdout, stderr] = [new Output(), new Output()];
  container.modem.demuxStream(stream, stdout.stream, stderr.stream);
  const ended = new Promise<undefined>((resolve) => {
    stream.once('end', () => resolve(undefined)).once('close', () => resolve(undefined));
    stream.once('error', () => resolve(undefined));
  });
  const problem = await Promise.race([ended, tooLong(ended, options)]);
  if (problem !== undefined) {
    await kill(container, number);
    await Promise.race([ended, systemClock.pause(LAST_WORDS_MS)]);
  }
  stream.destroy();
  const { ExitCode } = await exec.inspect();
  return {
    exitCode: problem === undefined ? ExitCode : null,
    problem: problem ?? (ExitCode === null ? 'its host was switched off' : undefined),
    stdout: stdout.text(),
    stderr: stderr.text(),
  };
}

/** Why it has to be stopped before its end; resolves with undefined when it ended. */
async function tooLong(
  ended: Promise<undefined>,
  { timeoutMs, signal }: ShellOptions,
): Promise<string | undefined> {
  const over = new AbortController();
  void ended.then(() => over.abort());
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  await systemClock.pause(timeoutMs, stop);
  if (over.signal.aborted) return undefined;
  return signal?.aborted ? 'stopped' : `timed out after ${timeoutMs / 1000} s`;
}

async function kill(container: Container, number: string): Promise<void> {
  try {
    const exec = await container.exec({ Cmd: ['bash', '-c', KILL, number] });
    await exec.start({ Detach: true });
  } catch {
    // The host is off, and with it what ran there.
  }
}

/** The end of what came out, at most OUTPUT_BYTES_MAX. */
class Output {
  readonly stream = new PassThrough();
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;

  constructor() {
    this.stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#sizeBytes += chunk.length;
      while (this.#sizeBytes > OUTPUT_BYTES_MAX) {
        this.#sizeBytes -= this.#chunks.shift()?.length ?? 0;
      }
    });
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** Everything that a stream of Docker's holds. */
export async function bytesOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as Readable) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
