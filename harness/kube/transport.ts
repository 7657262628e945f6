import { type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent, request as requestSecure } from 'node:https';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
} from 'node:tls';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { messageOf } from '../support/errors.ts';
import { type PemFiles, readPemFiles } from '../support/pem-files.ts';
import { ApiError } from './error.ts';

/** How a client proves who it is, and by what it knows the server. */
export interface ClientIdentity {
  /** PEM; the system's authorities when left out. */
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  /** Sent with every request: a bearer token, whom to impersonate. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** Host names for one of which the server's certificate may be valid, beside that of the URL. */
  serverNames?: readonly string[];
  /** Believes any certificate. */
  insecure?: boolean;
}

export interface RequestOptions {
  /** Longest silence: until the connection stands, until the answer begins, within the answer. */
  timeoutMs: number;
  /** No limit on the silence once the answer has begun: for watches. */
  endless?: boolean;
  accept?: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** What is said over a WebSocket, and by whom it is ended. */
export interface Conversation {
  /** Those that are spoken here, the best first. */
  protocols: readonly string[];
  onMessage(message: Buffer): void;
  signal: AbortSignal;
}

/** Longest whole answer that is not a watch. */
const ANSWER_TIMEOUT_MS = 120_000;
const SOCKETS_MAX = 16;
/** Silence of a watch after which the other side is asked; then every second. */
const KEEP_ALIVE_MS = 2000;

const statusSchema = z.object({ reason: z.string().default(''), message: z.string().default('') });

/** Keep-alive HTTP to one API server. */
export class Transport {
  readonly url: string;
  readonly #dialUrl: string;
  readonly #tls: ConnectionOptions;
  readonly #agent: Agent | undefined;
  readonly #headers: ClientIdentity['headers'];
  /** Errors that only mean that a kept connection was closed before the request reached anybody. */
  readonly #stale = new WeakSet<WeakKey>();
  readonly #conversations = new Set<WebSocket>();

  /** @param dialUrl where `url` is reached, if by another way; the certificate is still that of `url`. */
  constructor(
    url: string,
    credentials: PemFiles | ClientIdentity | undefined,
    dialUrl: string | undefined = undefined,
  ) {
    this.url = url.replace(/\/$/, '');
    this.#dialUrl = dialUrl ?? this.url;
    this.#headers = credentials && !isPemFiles(credentials) ? credentials.headers : undefined;
    this.#tls = {
      ...(credentials &&
        (isPemFiles(credentials)
          ? { secureContext: createSecureContext(readPemFiles(credentials)) }
          : tlsOf(credentials))),
      ...(dialUrl && { checkServerIdentity: certifiedAs(new URL(url).hostname) }),
    };
    this.#agent = this.url.startsWith('https:')
      ? new Agent({
          keepAlive: true,
          maxSockets: Number.POSITIVE_INFINITY,
          maxFreeSockets: SOCKETS_MAX,
          ...this.#tls,
        })
      : undefined;
  }

  /**
   * Sends a request and returns when the answer's head is there.
   * A kept connection that the server closed meanwhile is not an error: a reading request is sent again.
   * @throws ApiError when there is no answer or it is not 2xx.
   */
  async send(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    const answer = await this.#exchange(method, path, options).catch((error: ApiError) => {
      if (method === 'GET' && this.#stale.has(error)) return this.#exchange(method, path, options);
      throw error;
    });
    const code = answer.statusCode ?? 0;
    if (code >= 200 && code < 300) return answer;
    throw await this.#refusal(method, path, answer);
  }

  /**
   * Listens over a WebSocket, on a connection of its own, until the other side ends it or `signal` does.
   * @throws ApiError when it is refused or there is no answer.
   */
  async listen(path: string, { protocols, onMessage, signal }: Conversation): Promise<void> {
    const { WebSocket } = await import('ws');
    signal.throwIfAborted();
    const url = this.#dialUrl.replace(/^http/, 'ws') + path;
    const socket = new WebSocket(url, [...protocols], { ...this.#tls, headers: this.#headers });
    const stop = () => socket.terminate();
    this.#conversations.add(socket);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.on('message', onMessage);
        socket.on('unexpected-response', (_, answer) => {
          this.#refusal('GET', path, answer).then(reject, reject);
        });
        socket.on('error', (thrown) => reject(this.#noAnswer('GET', path, thrown)));
        socket.on('close', () => resolve());
      });
    } finally {
      signal.removeEventListener('abort', stop);
      this.#conversations.delete(socket);
    }
  }

  async body(method: string, path: string, answer: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    await this.eachChunk(method, path, answer, (chunk) => chunks.push(chunk));
    return Buffer.concat(chunks);
  }

  async eachChunk(
    method: string,
    path: string,
    answer: IncomingMessage,
    onChunk: (chunk: Buffer) => void,
  ): Promise<void> {
    try {
      for await (const chunk of answer) onChunk(chunk as Buffer);
    } catch (thrown) {
      // What the reader makes of a chunk (an ERROR event of a watch) is an answer.
      throw thrown instanceof ApiError ? thrown : this.#noAnswer(method, path, thrown);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#agent?.destroy();
    for (const socket of this.#conversations) socket.terminate();
  }

  #exchange(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    const whole = options.endless ? [] : [AbortSignal.timeout(ANSWER_TIMEOUT_MS)];
    const signal = AbortSignal.any(options.signal ? [options.signal, ...whole] : whole);
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return new Promise((resolve, reject) => {
      const send = this.#agent === undefined ? requestPlain : requestSecure;
      const request = send(this.#dialUrl + path, {
        method,
        ...(this.#agent && { agent: this.#agent }),
        timeout: options.timeoutMs,
        signal,
        headers: {
          ...this.#headers,
          accept: options.accept ?? 'application/json',
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
      });
      request.on('timeout', () =>
        request.destroy(coded('ETIMEDOUT', `no answer within ${options.timeoutMs / 1000} s`)),
      );
      request.on('response', (answer) => {
        if (options.endless) {
          answer.socket.setTimeout(0);
          // A host that lost its power sends no farewell: ask, as HTTP/2 clients do, whether it is there.
          answer.socket.setKeepAlive(true, KEEP_ALIVE_MS);
        }
        resolve(answer);
      });
      request.on('error', (thrown) => {
        const error = this.#noAnswer(method, path, thrown);
        if (request.reusedSocket && error.reason === 'ECONNRESET') this.#stale.add(error);
        reject(error);
      });
      request.end(body);
    });
  }

  async #refusal(method: string, path: string, answer: IncomingMessage): Promise<ApiError> {
    const text = (await this.body(method, path, answer)).toString('utf8');
    const httpCode = answer.statusCode ?? 0;
    return new ApiError({ method, url: this.url + path, httpCode, ...explain(text) });
  }

  #noAnswer(method: string, path: string, thrown: unknown): ApiError {
    const code: unknown = thrown instanceof Error && Reflect.get(thrown, 'code');
    return new ApiError({
      method,
      url: this.url + path,
      httpCode: null,
      reason: typeof code === 'string' ? code : 'NoAnswer',
      details: messageOf(thrown),
      cause: thrown,
    });
  }
}

function isPemFiles(credentials: PemFiles | ClientIdentity): credentials is PemFiles {
  return typeof credentials.ca === 'string';
}

function tlsOf({ ca, cert, key, serverNames = [], insecure = false }: ClientIdentity) {
  return {
    // Made once, not for each connection: that takes longer than a short answer.
    secureContext: createSecureContext({ ...(ca && { ca }), ...(cert && { cert, key }) }),
    rejectUnauthorized: !insecure,
    checkServerIdentity: (host: string, certificate: PeerCertificate) => {
      const problems = [host, ...serverNames].map((name) => checkServerIdentity(name, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  };
}

function certifiedAs(name: string) {
  return (_dialled: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** A line of `/readyz` of what is no reason for its error. */
const IS_WELL = /^\[\+\].* ok$/;

/** Of a `Status` object; any other text as it is. */
function explain(text: string): { reason: string; details: string } {
  try {
    const { reason, message } = statusSchema.parse(JSON.parse(text));
    return { reason, details: message };
  } catch {
    const lines = text.split('\n').filter((line) => !IS_WELL.test(line));
    return { reason: '', details: lines.join('\n').slice(0, 500).trim() };
  }
}
