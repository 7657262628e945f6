import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type StoredRow, uidOf } from './stored-row.ts';

const MAGIC = Buffer.from('k8s\0');

/**
 * A ConfigMap as kube-apiserver stores it, so that tens of thousands can be put into etcd directly:
 * one request for each through the API would take most of the time of a large drill.
 * Source: runtime.Unknown, ObjectMeta and ConfigMap in k8s.io/{apimachinery,api} generated.proto.
 */
export function storedConfigMap(parts: {
  namespace: string;
  name: string;
  createdAtMs: number;
  data: Record<string, string>;
}): StoredRow {
  const metadata = new BinaryWriter();
  string(metadata, 1, parts.name);
  string(metadata, 3, parts.namespace);
  string(metadata, 5, uidOf(`configmaps ${parts.namespace}/${parts.name}`));
  const created = new BinaryWriter();
  created.tag(1, WireType.Varint).int64(Math.floor(parts.createdAtMs / 1000));
  bytes(metadata, 8, created.finish());

  const object = new BinaryWriter();
  bytes(object, 1, metadata.finish());
  for (const [name, value] of Object.entries(parts.data)) {
    const entry = new BinaryWriter();
    string(entry, 1, name);
    string(entry, 2, value);
    bytes(object, 2, entry.finish());
  }

  const type = new BinaryWriter();
  string(type, 1, 'v1');
  string(type, 2, 'ConfigMap');
  const envelope = new BinaryWriter();
  bytes(envelope, 1, type.finish());
  bytes(envelope, 2, object.finish());
  string(envelope, 3, '');
  string(envelope, 4, '');
  return {
    key: Buffer.from(`/registry/configmaps/${parts.namespace}/${parts.name}`),
    value: Buffer.concat([MAGIC, envelope.finish()]),
  };
}

function string(writer: BinaryWriter, no: number, value: string): void {
  writer.tag(no, WireType.LengthDelimited).string(value);
}

function bytes(writer: BinaryWriter, no: number, value: Uint8Array): void {
  writer.tag(no, WireType.LengthDelimited).bytes(value);
}
