/**
 * The messages of etcd's API that we use, by field number.
 * Source: api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto of go.etcd.io/etcd, 3.5 to 3.7.
 */
import {
  bytes,
  flag,
  id,
  integer,
  type MessageValue,
  message,
  nested,
  repeated,
  text,
  texts,
} from './message.ts';

const header = message({
  clusterId: id(1),
  memberId: id(2),
  revision: integer(3),
  raftTerm: integer(4),
});

export const keyValue = message({
  key: bytes(1),
  createRevision: integer(2),
  modRevision: integer(3),
  version: integer(4),
  value: bytes(5),
  lease: id(6),
});
export type KeyValue = MessageValue<typeof keyValue>;

export const rangeRequest = message({
  key: bytes(1),
  rangeEnd: bytes(2),
  limit: integer(3),
  revision: integer(4),
  serializable: flag(7),
  keysOnly: flag(8),
  countOnly: flag(9),
});
export const rangeResponse = message({
  header: nested(1, header),
  kvs: repeated(2, keyValue),
  more: flag(3),
  count: integer(4),
});

export const putRequest = message({ key: bytes(1), value: bytes(2), lease: id(3) });
export const deleteRangeRequest = message({ key: bytes(1), rangeEnd: bytes(2) });
/** Put, DeleteRange and Compact: only the header matters, and how many keys were deleted. */
export const writeResponse = message({ header: nested(1, header), deleted: integer(2) });
export const putResponse = message({ header: nested(1, header) });

export const operation = message({
  put: nested(2, putRequest),
  deleteRange: nested(3, deleteRangeRequest),
});
export type Operation = Partial<MessageValue<typeof operation>>;
/** Without conditions. */
export const txnRequest = message({ success: repeated(2, operation) });
export const txnResponse = message({ header: nested(1, header) });

export const emptyMessage = message({});
export const statusResponse = message({
  header: nested(1, header),
  version: text(2),
  dbSizeBytes: integer(3),
  leader: id(4),
  raftIndex: integer(5),
  raftTerm: integer(6),
  raftAppliedIndex: integer(7),
  errors: texts(8),
  learner: flag(10),
});

export const hashKvRequest = message({ revision: integer(1) });
export const hashKvResponse = message({
  header: nested(1, header),
  hash: integer(2),
  compactRevision: integer(3),
});

/** `action`: 0 get, 2 deactivate; `alarm`: 0 none (all), 1 nospace, 2 corrupt. */
export const alarmRequest = message({ action: integer(1), memberId: id(2), alarm: integer(3) });
export const alarmResponse = message({
  header: nested(1, header),
  alarms: repeated(2, message({ memberId: id(1), alarm: integer(2) })),
});

export const snapshotResponse = message({ remainingBytes: integer(2), blob: bytes(3) });

export const member = message({
  id: id(1),
  name: text(2),
  peerUrls: texts(3),
  clientUrls: texts(4),
  learner: flag(5),
});
export const memberListRequest = message({ linearizable: flag(1) });
export const memberAddRequest = message({ peerUrls: texts(1), learner: flag(2) });
export const memberRemoveRequest = message({ id: id(1) });
export const memberListResponse = message({
  header: nested(1, header),
  members: repeated(2, member),
});
/** The members stand at 3 here, because 2 is the one that was added. */
export const memberAddResponse = message({
  header: nested(1, header),
  added: nested(2, member),
  members: repeated(3, member),
});

export const watchRequest = message({
  create: nested(
    1,
    message({
      key: bytes(1),
      rangeEnd: bytes(2),
      startRevision: integer(3),
      progressNotify: flag(4),
    }),
  ),
});
export const watchResponse = message({
  header: nested(1, header),
  created: flag(3),
  canceled: flag(4),
  compactRevision: integer(5),
  cancelReason: text(6),
  events: repeated(11, message({ type: integer(1), kv: nested(2, keyValue) })),
});
