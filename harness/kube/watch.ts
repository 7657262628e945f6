import { z } from 'zod';
import { ApiError } from './error.ts';
import { type ApiResource, asKubeObject, type KubeObject, pathOf } from './resource.ts';
import type { Transport } from './transport.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

export interface WatchOptions {
  /** Events after this one. */
  resourceVersion: string;
  namespace?: string;
  labelSelector?: string;
  onEvent(event: WatchEvent): void;
  signal: AbortSignal;
}

const eventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
const statusSchema = z.object({
  code: z.number().default(0),
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** @throws ApiError when it is refused, broken off, or ended by an ERROR event (410 Expired). */
export async function watch(
  transport: Transport,
  resource: Pick<ApiResource, 'group' | 'version' | 'resource'>,
  timeoutMs: number,
  options: WatchOptions,
): Promise<void> {
  const query = new URLSearchParams({
    watch: 'true',
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: 'true',
  });
  if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
  const path = `${pathOf(resource, options.namespace)}?${query}`;
  const answer = await transport.send('GET', path, {
    timeoutMs,
    endless: true,
    signal: options.signal,
  });
  let unfinished = Buffer.alloc(0);
  await transport.eachChunk('GET', path, answer, (chunk) => {
    unfinished = unfinished.length === 0 ? Buffer.from(chunk) : Buffer.concat([unfinished, chunk]);
    for (let end = unfinished.indexOf(10); end >= 0; end = unfinished.indexOf(10)) {
      const line = unfinished.toString('utf8', 0, end);
      unfinished = unfinished.subarray(end + 1);
      options.onEvent(eventOf(line, transport.url + path));
    }
  });
}

function eventOf(line: string, url: string): WatchEvent {
  const { type, object } = eventSchema.parse(JSON.parse(line));
  if (type === 'ERROR') {
    const { code, reason, message } = statusSchema.parse(object);
    throw new ApiError({ method: 'WATCH', url, httpCode: code, reason, details: message });
  }
  if (type === 'BOOKMARK') return { type, object: object as KubeObject };
  return { type, object: asKubeObject(object) };
}
