import { addAbortSignal, type Duplex } from 'node:stream';
import { z } from 'zod';
import { messageOf } from '../support/errors.ts';
import { ApiError } from './error.ts';
import { pathOf } from './resource.ts';
import { RESOURCES } from './resources.ts';
import type { Transport, Upgraded } from './transport.ts';
import { handshake, MessageReader, pong } from './websocket.ts';

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
const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;

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
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any(signal ? [deadline, signal] : [deadline]);
  const failed = (reason: string, details: string, cause?: unknown) =>
    new ApiError({
      method: 'GET',
      url: transport.url + path,
      httpCode: null,
      reason,
      details,
      cause,
    });
  const late = (thrown: unknown) =>
    deadline.aborted
      ? failed('ETIMEDOUT', `it did not end within ${timeoutMs / 1000} s`, thrown)
      : thrown;
  const { headers, accepted } = handshake(PROTOCOLS);
  const upgraded = await transport
    // A kubelet answers in nothing that has a name, and refuses whoever wants JSON.
    .upgrade(path, { timeoutMs, signal: stop, headers, accept: '*/*' })
    .catch((thrown: unknown) => {
      throw late(thrown);
    });
  if (!accepted(upgraded.answer)) {
    upgraded.socket.destroy();
    throw failed('NoAnswer', `it does not speak ${PROTOCOLS.join(' or ')}`);
  }
  const output = await outputOf(upgraded, stop).catch((thrown: unknown) => {
    throw late(failed('NoAnswer', messageOf(thrown), thrown));
  });
  if (output.status === '') throw failed('NoAnswer', 'the connection ended before the program did');
  return endingOf(output);
}

function execPath({ namespace, pod, container, command }: ExecRequest): string {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  return `${pathOf(RESOURCES.pods, namespace, pod)}/exec?${query}`;
}

interface Output {
  stdout: string;
  stderr: string;
  status: string;
}

async function outputOf({ socket, first }: Upgraded, stop: AbortSignal): Promise<Output> {
  const parts: Record<number, Buffer[]> = { [STDOUT]: [], [STDERR]: [], [STATUS]: [] };
  let bytes = 0;
  for await (const payload of dataOf(socket, first, stop)) {
    bytes += payload.length;
    if (bytes > OUTPUT_MAX_BYTES) throw new Error(`it writes more than ${OUTPUT_MAX_BYTES} bytes`);
    parts[payload[0] ?? 0]?.push(payload.subarray(1));
  }
  const text = (of: number) => Buffer.concat(parts[of] ?? []).toString('utf8');
  return { stdout: text(STDOUT), stderr: text(STDERR), status: text(STATUS) };
}

/** What the other side says until it is done. The connection ends with it. */
async function* dataOf(socket: Duplex, first: Buffer, stop: AbortSignal): AsyncGenerator<Buffer> {
  const reader = new MessageReader();
  // Its head start is part of the stream.
  if (first.length > 0) socket.unshift(first);
  for await (const chunk of addAbortSignal(stop, socket)) {
    for (const message of reader.read(chunk as Buffer)) {
      if (message.is === 'close') return;
      if (message.is === 'ping') socket.write(pong(message.payload));
      else yield message.payload;
    }
  }
}

function endingOf({ stdout, stderr, status }: Output): Executed {
  const { status: outcome, message, details } = statusSchema.parse(JSON.parse(status));
  if (outcome === 'Success') return { exitCode: 0, stdout, stderr };
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return { exitCode: Number(code), stdout, stderr };
  return { exitCode: null, stdout, stderr: message };
}
