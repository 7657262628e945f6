import type { Channel, Method } from './channel.ts';
import type { EtcdError } from './error.ts';
import { endOfPrefix, startOfPrefix } from './keys.ts';
import type { MessageValue } from './message.ts';
import { type KeyValue, watchRequest, watchResponse } from './rpc.ts';

export interface WatchEvent {
  type: 'put' | 'delete';
  /** Of a deletion only the key and the revision of the deletion. */
  kv: Partial<KeyValue>;
}

/** Why a watch is over. `compacted`: its start revision is gone, list anew. */
export type WatchEnd =
  | { reason: 'closed' }
  | { reason: 'compacted'; compactRevision: number }
  | { reason: 'error'; error: EtcdError };

export interface WatchOptions {
  /** 0: from now on. */
  startRevision: number;
  onEvents(events: WatchEvent[], revision: number): void;
  /** The watch is in place; everything after `revision` will be told. */
  onCreated?(revision: number): void;
  /** Called once. */
  onEnd(end: WatchEnd): void;
}

export interface Watch {
  close(): void;
}

type Request = MessageValue<typeof watchRequest>;
type Response = MessageValue<typeof watchResponse>;
const WATCH: Method<Request, Response> = {
  name: 'Watch.Watch',
  request: watchRequest,
  response: watchResponse,
};

export function openWatch(channel: Channel, prefix: string, options: WatchOptions): Watch {
  const stream = channel.duplexStream(WATCH);
  let over = false;
  const end = (why: WatchEnd) => {
    if (over) return;
    over = true;
    stream.cancel();
    options.onEnd(why);
  };
  stream.on('data', (response: Response) => {
    const revision = response.header?.revision ?? 0;
    if (response.canceled) end(endOf(channel, response));
    else if (response.created) options.onCreated?.(revision);
    else if (!over) options.onEvents(response.events.map(eventOf), revision);
  });
  stream.on('error', (problem: Error) =>
    end({ reason: 'error', error: channel.error(WATCH.name, problem) }),
  );
  stream.on('end', () => end({ reason: 'closed' }));
  stream.write({
    create: {
      key: startOfPrefix(prefix),
      rangeEnd: endOfPrefix(prefix),
      startRevision: options.startRevision,
      progressNotify: true,
    },
  });
  return { close: () => end({ reason: 'closed' }) };
}

function eventOf(event: Response['events'][number]): WatchEvent {
  return { type: event.type === 0 ? 'put' : 'delete', kv: event.kv ?? {} };
}

function endOf(channel: Channel, response: Response): WatchEnd {
  const { compactRevision, cancelReason } = response;
  return compactRevision > 0
    ? { reason: 'compacted', compactRevision }
    : { reason: 'error', error: channel.error(WATCH.name, cancelReason) };
}
