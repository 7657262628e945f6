import { z } from 'zod';
import { ApiError } from './error.ts';
import { pathOf } from './resource.ts';
import { RESOURCES } from './resources.ts';
import type { Transport } from './transport.ts';

/** A program to be run in a container, without a shell: many images have none. */
export interface ExecRequest {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
}

export interface Executed {
  /** Null where it was not started, as a program that the image does not have. */
  exitCode: number | null;
  stdout: string;
  /** What it wrote to its standard error, or why it was not started. */
  stderr: string;
}

/** Both tell how it ended; API servers of before 1.30 leave the newer one to kubelets, which may know the older alone. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** The first byte of each message says of what it is. */
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

const statusSchema = z.object({
  status: z.string(),
  message: z.string().default(''),
  details: z
    .object({
      causes: z
        .array(z.object({ reason: z.string().default(''), message: z.string().default('') }))
        .nullish(),
    })
    .nullish(),
});

/**
 * Runs it through the API server and waits for its end, `timeoutMs` at most. It is not stopped when nobody waits any more.
 * @throws ApiError when it may not be run, or nobody tells how it ended.
 */
export async function exec(
  transport: Transport,
  request: ExecRequest,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Executed> {
  const path = execPath(request);
  const url = transport.url + path;
  const untold = (reason: string, details: string) =>
    new ApiError({ method: 'GET', url, httpCode: null, reason, details });
  const deadline = AbortSignal.timeout(timeoutMs);
  const said = new Said();
  const listening = transport.listen(path, {
    protocols: PROTOCOLS,
    onMessage: (message) => said.add(message),
    signal: AbortSignal.any(signal ? [deadline, signal] : [deadline]),
  });
  await listening.catch((thrown: unknown) => {
    if (!deadline.aborted) throw thrown;
  });
  const status = said.by(STATUS);
  if (status !== '') return endingOf(status, said);
  signal?.throwIfAborted();
  if (deadline.aborted) throw untold('ETIMEDOUT', `it did not end within ${timeoutMs / 1000} s`);
  throw untold('NoAnswer', 'the connection ended before the program did');
}

function execPath({ namespace, pod, container, command }: ExecRequest): string {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  return `${pathOf(RESOURCES.pods, namespace, pod)}/exec?${query}`;
}

/** All that has been said, by channels. */
class Said {
  readonly #parts = new Map<number, Buffer[]>();

  add(message: Buffer): void {
    const channel = message[0] ?? 0;
    this.#parts.set(channel, [...(this.#parts.get(channel) ?? []), message.subarray(1)]);
  }

  by(channel: number): string {
    return Buffer.concat(this.#parts.get(channel) ?? []).toString('utf8');
  }
}

function endingOf(status: string, said: Said): Executed {
  const { status: outcome, message, details } = statusSchema.parse(JSON.parse(status));
  const [stdout, stderr] = [said.by(STDOUT), said.by(STDERR)];
  if (outcome === 'Success') return { exitCode: 0, stdout, stderr };
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return { exitCode: Number(code), stdout, stderr };
  return { exitCode: null, stdout, stderr: message };
}
