import { z } from 'zod';
import type { PemFiles } from '../support/pem-files.ts';
import { type Discovered, discover } from './discovery.ts';
import { type ExecRequest, type Executed, exec } from './exec.ts';
import { ItemSplitter } from './item-splitter.ts';
import { type ApiResource, asKubeObject, type KubeObject, pathOf } from './resource.ts';
import { type ClientIdentity, Transport } from './transport.ts';
import { type WatchOptions, watch } from './watch.ts';

export interface CallOptions {
  /** Longest silence; `timeoutMs` of the client otherwise. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface ListOptions extends CallOptions {
  /**
   * `cache`: any data the server has (resourceVersion=0; it ignores page sizes then).
   * `consistent`: as new as etcd's quorum, page by page.
   */
  mode: 'cache' | 'consistent';
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Items have nothing but their metadata: a third of the bytes of a list of small objects. */
  metadataOnly?: boolean;
  onItem(item: KubeObject): void;
}

const listHeadSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string().default('0'),
    continue: z.string().optional(),
  }),
});

const DEFAULT_TIMEOUT_MS = 5000;
/** What a server that cannot leave the rest out answers is fine, too. */
const METADATA_ONLY =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** As kubectl asks. */
const PAGE_SIZE = 500;

/**
 * One kube-apiserver, as an administrator. Typed bodies come from @kubernetes/client-node; its
 * transport is not used, because a drill lists 50,000 objects six times and must not hold them.
 * Every method throws ApiError.
 */
export class ApiServer {
  /** The host it runs on. */
  readonly host: string;
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(options: {
    host: string;
    url: string;
    /** Where that is reached, if by another way. */
    dialUrl?: string | undefined;
    credentials?: PemFiles | ClientIdentity | undefined;
    timeoutMs?: number;
  }) {
    this.host = options.host;
    this.#transport = new Transport(options.url, options.credentials, options.dialUrl);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  get url(): string {
    return this.#transport.url;
  }

  /** The answer as text: for `/readyz?verbose`, `/version`, `/metrics`. */
  async text(path: string, options: CallOptions = {}): Promise<string> {
    return (await this.#answer('GET', path, options)).toString('utf8');
  }

  /** The time on its clock, to the second. Milliseconds since 1970. */
  async nowMs(options: CallOptions = {}): Promise<number> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const answer = await this.#transport.send('GET', '/version', { ...options, timeoutMs });
    await this.#transport.body('GET', '/version', answer);
    return Date.parse(answer.headers.date ?? '');
  }

  /** GET by path goes to etcd, not to the cache. */
  async get(path: string, options: CallOptions = {}): Promise<KubeObject> {
    return asKubeObject(await this.json('GET', path, options));
  }

  /** @returns the list's resourceVersion. */
  async list(
    resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
    options: ListOptions,
  ): Promise<number> {
    const query = new URLSearchParams(
      options.mode === 'cache' ? { resourceVersion: '0' } : { limit: String(PAGE_SIZE) },
    );
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
    const path = pathOf(resource, options.namespace);
    for (;;) {
      const { metadata } = await this.#listOnce(`${path}?${query}`, options);
      if (!metadata.continue) return Number(metadata.resourceVersion);
      query.set('continue', metadata.continue);
    }
  }

  /** @returns the object as the server stored it. */
  async create(
    resource: ApiResource,
    object: KubeObject,
    options: CallOptions & { dryRun?: boolean } = {},
  ): Promise<KubeObject> {
    const query = options.dryRun ? '?dryRun=All' : '';
    const path = pathOf(resource, object.metadata.namespace) + query;
    return asKubeObject(await this.json('POST', path, { ...options, body: object }));
  }

  /** Admission, defaults and validation without storing anything. */
  dryRunCreate(
    resource: ApiResource,
    object: KubeObject,
    options: CallOptions = {},
  ): Promise<KubeObject> {
    return this.create(resource, object, { ...options, dryRun: true });
  }

  /** Replaces an object; unconditionally when it has no resourceVersion. */
  async update(
    resource: ApiResource,
    object: KubeObject,
    options: CallOptions & { subresource?: 'status' } = {},
  ): Promise<KubeObject> {
    const base = pathOf(resource, object.metadata.namespace, object.metadata.name);
    const path = options.subresource === undefined ? base : `${base}/${options.subresource}`;
    return asKubeObject(await this.json('PUT', path, { ...options, body: object }));
  }

  async delete(
    resource: ApiResource,
    namespace: string | null,
    name: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#answer('DELETE', pathOf(resource, namespace, name), options);
  }

  /** @returns when the stream ends, which a server does after some minutes. */
  watch(
    resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
    options: WatchOptions,
  ): Promise<void> {
    return watch(this.#transport, resource, this.#timeoutMs, options);
  }

  /** Runs a program in a container. @param options `timeoutMs`: the longest that it may take. */
  exec(request: ExecRequest, options: CallOptions = {}): Promise<Executed> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    return exec(this.#transport, request, { ...options, timeoutMs });
  }

  /** Every resource that can be listed, at every version that is served. */
  discover(options: CallOptions = {}): Promise<Discovered[]> {
    return discover(this, options);
  }

  async json(
    method: string,
    path: string,
    options: CallOptions & { body?: unknown; accept?: string } = {},
  ): Promise<unknown> {
    return JSON.parse((await this.#answer(method, path, options)).toString('utf8'));
  }

  /** Ends what is under way. */
  close(): void {
    this.#transport.close();
  }

  async #answer(
    method: string,
    path: string,
    options: CallOptions & { body?: unknown; accept?: string },
  ): Promise<Buffer> {
    const answer = await this.#transport.send(method, path, {
      ...options,
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
    });
    return this.#transport.body(method, path, answer);
  }

  async #listOnce(path: string, options: ListOptions): Promise<z.infer<typeof listHeadSchema>> {
    const answer = await this.#transport.send('GET', path, {
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      signal: options.signal,
      ...(options.metadataOnly && { accept: METADATA_ONLY }),
    });
    const splitter = new ItemSplitter((json) => options.onItem(asKubeObject(JSON.parse(json))));
    await this.#transport.eachChunk('GET', path, answer, (chunk) => splitter.push(chunk));
    return listHeadSchema.parse(JSON.parse(splitter.rest()));
  }
}
