import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { systemClock } from '../support/clock.ts';
import { type PemFiles, readPemFiles } from '../support/pem-files.ts';
import { EtcdError } from './error.ts';
import type { Message } from './message.ts';
import { plainDetails } from './plain-details.ts';

/** One method of etcd's API. */
export interface Method<Request, Response> {
  /** `KV.Range`. */
  name: string;
  request: Message<Request>;
  response: Message<Response>;
}

const OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Members come and go in a drill: look again soon, share nothing, and go there directly.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
};

/**
 * A member that knows no leader refuses a call that says so at once, where it would hold others.
 * https://github.com/etcd-io/etcd/blob/v3.6.5/api/v3rpc/rpctypes/md.go
 */
const REQUIRE_LEADER = ['hasleader', 'true'] as const;

/** A connection to one etcd endpoint. */
export class Channel {
  readonly endpoint: string;
  readonly #client: Client;

  /**
   * @param url `https://10.77.0.2:2379`; plaintext for `http:`.
   * @param dialUrl where that is reached, if by another way; the certificate is still that of `url`.
   */
  constructor(url: string, tls: PemFiles | undefined, dialUrl = url) {
    this.endpoint = url;
    const { protocol, hostname } = new URL(url);
    const { host } = new URL(dialUrl);
    const secure = protocol === 'https:';
    this.#client = new Client(host, secure ? tlsOf(hostname, tls) : credentials.createInsecure(), {
      ...OPTIONS,
      // An address must not stand in the TLS server name; the certificate is checked against it all the same.
      ...(secure && isIP(hostname) ? { 'grpc.ssl_target_name_override': 'etcd' } : {}),
    });
  }

  /** @throws EtcdError */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    timeoutMs: number,
    requireLeader = false,
  ): Promise<Response> {
    const metadata = new Metadata();
    if (requireLeader) metadata.set(...REQUIRE_LEADER);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(method.name),
        (value: Partial<Request>) => Buffer.from(method.request.encode(value)),
        (bytes: Buffer) => method.response.decode(bytes),
        request,
        metadata,
        { deadline: systemClock.nowMs() + timeoutMs },
        (problem, response) => {
          if (problem !== null) reject(this.error(method.name, problem));
          else if (response === undefined) reject(this.error(method.name, 'empty answer'));
          else resolve(response);
        },
      );
    });
  }

  /** A stream of answers to one request. */
  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    timeoutMs: number,
  ): ClientReadableStream<Response> {
    return this.#client.makeServerStreamRequest(
      pathOf(method.name),
      (value: Partial<Request>) => Buffer.from(method.request.encode(value)),
      (bytes: Buffer) => method.response.decode(bytes),
      request,
      { deadline: systemClock.nowMs() + timeoutMs },
    );
  }

  /** Requests and answers as they come; it stays open until either side ends it. */
  duplexStream<Request, Response>(
    method: Method<Request, Response>,
  ): ClientDuplexStream<Partial<Request>, Response> {
    return this.#client.makeBidiStreamRequest(
      pathOf(method.name),
      (value: Partial<Request>) => Buffer.from(method.request.encode(value)),
      (bytes: Buffer) => method.response.decode(bytes),
    );
  }

  error(call: string, problem: ServiceError | Error | string): EtcdError {
    const isService = typeof problem !== 'string' && 'code' in problem && 'details' in problem;
    return new EtcdError({
      endpoint: this.endpoint,
      call,
      code: isService ? (status[problem.code] ?? String(problem.code)) : 'UNKNOWN',
      details: plainDetails(isService ? problem.details : String(problem)),
      cause: problem,
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** `KV.Range` → `/etcdserverpb.KV/Range`. */
function pathOf(name: string): string {
  return `/etcdserverpb.${name.replace('.', '/')}`;
}

function tlsOf(hostname: string, files: PemFiles | undefined): ChannelCredentials {
  const verify = {
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(hostname, certificate),
  };
  if (files === undefined) return credentials.createSsl(null, null, null, verify);
  const { ca, cert, key } = readPemFiles(files);
  return credentials.createSsl(ca, key, cert, verify);
}
