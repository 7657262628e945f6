import { open } from 'node:fs/promises';
import type { Member, MemberStatus } from '../model/observation.ts';
import { environmentError, messageOf } from '../support/errors.ts';
import type { PemFiles } from '../support/pem-files.ts';
import { Channel, type Method } from './channel.ts';
import { afterKey, endOfPrefix, keyBytes, startOfPrefix } from './keys.ts';
import type { MessageValue } from './message.ts';
import { readMetrics, samplesOf } from './metrics.ts';
import * as rpc from './rpc.ts';
import { openWatch, type Watch, type WatchOptions } from './watch.ts';

export type { KeyValue } from './rpc.ts';

export interface CallOptions {
  /** Deadline of this call; `timeoutMs` of the client otherwise. */
  timeoutMs?: number;
  /** Refused at once by a member that knows no leader, instead of waiting for one. */
  requireLeader?: boolean;
}

export interface RangeOptions extends CallOptions {
  /** Every key that starts with the given one. */
  prefix?: boolean;
  /** Ends before this key. */
  rangeEnd?: Uint8Array;
  limit?: number;
  /** 0 or absent: the newest. */
  revision?: number;
  /** Answered by this member alone, also without quorum. */
  serializable?: boolean;
  keysOnly?: boolean;
  countOnly?: boolean;
}

export interface RangeResult {
  kvs: rpc.KeyValue[];
  more: boolean;
  count: number;
  /** Of the store when it answered. */
  revision: number;
}

type AlarmName = 'nospace' | 'corrupt';
/** By their number; 0 is none. */
const ALARM_NAMES: readonly (AlarmName | undefined)[] = [undefined, 'nospace', 'corrupt'];

const DEFAULT_TIMEOUT_MS = 5000;

const ACTIVE_PEERS = 'etcd_network_active_peers';
const HAS_LEADER = 'etcd_server_has_leader';

const RANGE = method('KV.Range', rpc.rangeRequest, rpc.rangeResponse);
const PUT = method('KV.Put', rpc.putRequest, rpc.putResponse);
const DELETE_RANGE = method('KV.DeleteRange', rpc.deleteRangeRequest, rpc.writeResponse);
const TXN = method('KV.Txn', rpc.txnRequest, rpc.txnResponse);
const STATUS = method('Maintenance.Status', rpc.emptyMessage, rpc.statusResponse);
const HASH_KV = method('Maintenance.HashKV', rpc.hashKvRequest, rpc.hashKvResponse);
const ALARM = method('Maintenance.Alarm', rpc.alarmRequest, rpc.alarmResponse);
const SNAPSHOT = method('Maintenance.Snapshot', rpc.emptyMessage, rpc.snapshotResponse);
const MEMBER_LIST = method('Cluster.MemberList', rpc.memberListRequest, rpc.memberListResponse);
const MEMBER_ADD = method('Cluster.MemberAdd', rpc.memberAddRequest, rpc.memberAddResponse);
const MEMBER_REMOVE = method(
  'Cluster.MemberRemove',
  rpc.memberRemoveRequest,
  rpc.memberListResponse,
);

function method<Request, Response>(
  name: string,
  request: Method<Request, Response>['request'],
  response: Method<Request, Response>['response'],
): Method<Request, Response> {
  return { name, request, response };
}

function prefixRange(prefix: string | Uint8Array): { key: Uint8Array; rangeEnd: Uint8Array } {
  return { key: startOfPrefix(prefix), rangeEnd: endOfPrefix(prefix) };
}

/**
 * A client of one etcd member. 64-bit ids are lower-case hexadecimal strings, revisions numbers.
 * Every method throws EtcdError, which says whether a write may have happened all the same.
 */
export class EtcdClient {
  readonly #channel: Channel;
  readonly #credentials: PemFiles | undefined;
  readonly #dialUrl: string;
  readonly #timeoutMs: number;

  constructor(options: {
    url: string;
    /** Where that is reached, if by another way. */
    dialUrl?: string | undefined;
    credentials?: PemFiles | undefined;
    timeoutMs?: number;
  }) {
    this.#dialUrl = options.dialUrl ?? options.url;
    this.#channel = new Channel(options.url, options.credentials, this.#dialUrl);
    this.#credentials = options.credentials;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  get endpoint(): string {
    return this.#channel.endpoint;
  }

  async range(key: string | Uint8Array, options: RangeOptions = {}): Promise<RangeResult> {
    const response = await this.#call(
      RANGE,
      {
        ...(options.prefix ? prefixRange(key) : { key: keyBytes(key) }),
        ...(options.rangeEnd === undefined ? {} : { rangeEnd: options.rangeEnd }),
        limit: options.limit ?? 0,
        revision: options.revision ?? 0,
        serializable: options.serializable ?? false,
        keysOnly: options.keysOnly ?? false,
        countOnly: options.countOnly ?? false,
      },
      options,
    );
    const { kvs, more, count } = response;
    return { kvs, more, count, revision: response.header?.revision ?? 0 };
  }

  /**
   * Everything below a prefix, page by page, all at the revision of the first page.
   * @yields pages of at most `limit` (500) rows with that revision; at least one page.
   */
  async *pages(prefix: string, options: RangeOptions = {}): AsyncGenerator<RangeResult> {
    const rangeEnd = endOfPrefix(prefix);
    let from = startOfPrefix(prefix);
    let revision = options.revision ?? 0;
    for (let more = true; more; ) {
      const page = await this.range(from, { limit: 500, ...options, rangeEnd, revision });
      if (revision === 0) revision = page.revision;
      yield { ...page, revision };
      const last = page.kvs.at(-1);
      more = page.more && last !== undefined;
      if (last !== undefined) from = afterKey(last.key);
    }
  }

  /** @returns the revision of the write. */
  async put(key: string, value: string | Uint8Array, options: CallOptions = {}): Promise<number> {
    const request = { key: keyBytes(key), value: keyBytes(value) };
    return (await this.#call(PUT, request, options)).header?.revision ?? 0;
  }

  /** @returns how many keys were deleted, and the store's revision. */
  async delete(
    key: string,
    options: CallOptions & { prefix?: boolean } = {},
  ): Promise<{ deleted: number; revision: number }> {
    const response = await this.#call(
      DELETE_RANGE,
      options.prefix ? prefixRange(key) : { key: keyBytes(key) },
      options,
    );
    return { deleted: response.deleted, revision: response.header?.revision ?? 0 };
  }

  /**
   * Many writes at one revision; etcd takes 128 a call unless told otherwise.
   * @returns the revision.
   */
  async write(operations: rpc.Operation[], options: CallOptions = {}): Promise<number> {
    const success = operations as MessageValue<typeof rpc.operation>[];
    return (await this.#call(TXN, { success }, options)).header?.revision ?? 0;
  }

  async status(options: CallOptions = {}): Promise<Omit<MemberStatus, 'kind' | 'source' | 'atMs'>> {
    const response = await this.#call(STATUS, {}, options);
    const { raftTerm, dbSizeBytes, version, learner, errors } = response;
    return {
      clusterId: response.header?.clusterId ?? '0',
      memberId: response.header?.memberId ?? '0',
      leaderId: response.leader,
      revision: response.header?.revision ?? 0,
      raftTerm,
      dbSizeBytes,
      version,
      learner,
      errors,
    };
  }

  /** Hash of all revisions up to `revision`; etcd refuses one that it does not have yet. */
  async hashKv(
    revision: number,
    options: CallOptions = {},
  ): Promise<{ hash: number; compactRevision: number }> {
    const { hash, compactRevision } = await this.#call(HASH_KV, { revision }, options);
    return { hash, compactRevision };
  }

  async alarms(options: CallOptions = {}): Promise<{ memberId: string; alarm: AlarmName }[]> {
    const { alarms } = await this.#call(ALARM, {}, options);
    return alarms.flatMap(({ memberId, alarm }) => {
      const name = ALARM_NAMES[alarm];
      return name === undefined ? [] : [{ memberId, alarm: name }];
    });
  }

  async disarm(memberId: string, alarm: AlarmName): Promise<void> {
    await this.#call(ALARM, { action: 2, memberId, alarm: ALARM_NAMES.indexOf(alarm) }, {});
  }

  /** @param options.linearizable asks the quorum; otherwise this member tells what it knows. */
  async memberList(
    options: CallOptions & { linearizable?: boolean } = {},
  ): Promise<{ clusterId: string; members: Member[] }> {
    const request = { linearizable: options.linearizable ?? false };
    const { header, members } = await this.#call(MEMBER_LIST, request, options);
    return { clusterId: header?.clusterId ?? '0', members };
  }

  async memberAdd(
    peerUrls: string[],
    options: CallOptions & { learner?: boolean } = {},
  ): Promise<{ id: string; members: Member[] }> {
    const request = { peerUrls, learner: options.learner ?? false };
    const { added, members } = await this.#call(MEMBER_ADD, request, options);
    return { id: added?.id ?? '0', members };
  }

  async memberRemove(id: string, options: CallOptions = {}): Promise<Member[]> {
    return (await this.#call(MEMBER_REMOVE, { id }, options)).members;
  }

  /** Streams a snapshot, SHA-256 trailer included, into a new `file`. @returns its size in bytes. */
  async snapshot(file: string, options: CallOptions = {}): Promise<number> {
    const handle = await open(file, 'wx').catch((thrown: unknown) => {
      throw environmentError(`write the snapshot ${file}`, messageOf(thrown));
    });
    const stream = this.#channel.serverStream(SNAPSHOT, {}, options.timeoutMs ?? 60_000);
    try {
      let sizeBytes = 0;
      for await (const part of stream) {
        const { blob } = part as MessageValue<typeof rpc.snapshotResponse>;
        await handle.write(blob);
        sizeBytes += blob.length;
      }
      await handle.sync();
      return sizeBytes;
    } catch (thrown) {
      throw this.#channel.error(SNAPSHOT.name, thrown as Error);
    } finally {
      await handle.close();
    }
  }

  /** Which of the others this member has a working connection with; those that it never tried to reach are left out. */
  async peerLinks(
    options: CallOptions = {},
  ): Promise<{ led: boolean; peers: { memberId: string; active: boolean }[] }> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const page = await readMetrics(this.endpoint, this.#credentials, timeoutMs, this.#dialUrl);
    return {
      led: samplesOf(page, HAS_LEADER)[0]?.value === 1,
      peers: samplesOf(page, ACTIVE_PEERS).map(({ labels, value }) => ({
        memberId: labels.Remote ?? '0',
        active: value > 0,
      })),
    };
  }

  /** Follows what happens below a prefix from `startRevision` on. */
  watch(prefix: string, options: WatchOptions): Watch {
    return openWatch(this.#channel, prefix, options);
  }

  /** Ends what is under way. */
  close(): void {
    this.#channel.close();
  }

  #call<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    options: CallOptions,
  ): Promise<Response> {
    const { timeoutMs = this.#timeoutMs, requireLeader = false } = options;
    return this.#channel.call(method, request, timeoutMs, requireLeader);
  }
}
