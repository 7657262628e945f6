import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { EtcdClient } from '../../harness/etcd/client.ts';
import { startDaemon } from '../../harness/exec/daemon.ts';
import type { Random } from '../../harness/support/random.ts';
import { done, until } from '../../harness/support/until.ts';
import { freePorts } from '../../harness/targets/process/free-ports.ts';

export interface FilledStore {
  revisions: number;
  /** Distinct ConfigMaps; every one is written revisions / keys times. */
  keys: number;
  /** Size of the text in each ConfigMap, at random from here … */
  dataBytesMin: number;
  /** … to here. */
  dataBytesMax: number;
}

const WRITES_AT_ONCE = 128;
const NAMESPACES = 200;

/** Runs one etcd on loopback, on the data of `dataDir`, while `use` runs. */
export async function withEtcd(
  etcd: string,
  folder: string,
  use: (member: EtcdClient) => Promise<void>,
  dataDir = join(folder, 'etcd'),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [client, peer] = await freePorts(2);
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const daemon = startDaemon(
    etcd,
    [
      '--name=bench',
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=bench=${peerUrl}`,
      '--quota-backend-bytes=8589934592',
      '--unsafe-no-fsync',
    ],
    { logFile: join(folder, 'etcd.log') },
  );
  if (daemon === undefined) throw new Error(`${etcd} could not be started`);
  const member = new EtcdClient({ url, timeoutMs: 60_000 });
  try {
    await until('etcd answers', () => answers(member), { timeoutMs: 30_000 });
    await use(member);
  } finally {
    member.close();
    daemon.kill('SIGKILL');
    await daemon.ended;
  }
}

/**
 * Fills a fresh etcd with ConfigMaps as kube-apiserver stores them, one revision a write, and saves
 * a snapshot into `file`.
 */
export async function makeSnapshot(
  etcd: string,
  folder: string,
  file: string,
  store: FilledStore,
  random: Random,
): Promise<void> {
  const dataDir = join(folder, 'etcd');
  await rm(dataDir, { recursive: true, force: true });
  try {
    await withEtcd(etcd, folder, async (member) => {
      await fill(member, store, random);
      await rm(file, { force: true });
      await member.snapshot(file, { timeoutMs: 300_000 });
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function answers(member: EtcdClient) {
  await member.status({ timeoutMs: 1000 });
  return done(true);
}

async function fill(member: EtcdClient, store: FilledStore, random: Random): Promise<void> {
  let written = 0;
  const text = sentences(store.dataBytesMax * 4, random);
  const writer = async () => {
    for (let turn = written++; turn < store.revisions; turn = written++) {
      const index = turn % store.keys;
      const namespace = `team-${index % NAMESPACES}`;
      const name = `settings-${index}`;
      const bytes = store.dataBytesMin + random.below(store.dataBytesMax - store.dataBytesMin);
      const start = random.below(text.length - bytes);
      const value = configMap(namespace, name, index, text.slice(start, start + bytes));
      await member.put(`/registry/configmaps/${namespace}/${name}`, value);
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, writer));
}

function sentences(bytes: number, random: Random): string {
  const words = ['cache', 'timeout', 'endpoint', 'retries', 'enabled', 'level', 'interval', 'url'];
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)?.length ?? 1) {
    const word = words[random.below(words.length)];
    lines.push(`${word}.${random.below(1000)}=${random.below(1_000_000_000).toString(36)}\n`);
  }
  return lines.join('');
}

/** `k8s\0` and a runtime.Unknown around a v1 ConfigMap, field numbers of generated.proto. */
export function configMap(
  namespace: string,
  name: string,
  index: number,
  data: string,
): Uint8Array {
  const uid = `5e0d7f4a-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
  const time = message((to) => to.uint32(tag(1, WireType.Varint)).int64(1_790_000_000 + index));
  const managed = message((to) => {
    textField(to, 1, 'kubectl-client-side-apply');
    textField(to, 2, 'Update');
    textField(to, 3, 'v1');
    to.uint32(tag(4, WireType.LengthDelimited)).bytes(time);
    textField(to, 6, 'FieldsV1');
    const fields = message((inner) =>
      textField(inner, 1, '{"f:data":{".":{},"f:application.properties":{}}}'),
    );
    to.uint32(tag(7, WireType.LengthDelimited)).bytes(fields);
  });
  const metadata = message((to) => {
    textField(to, 1, name);
    textField(to, 3, namespace);
    textField(to, 5, uid);
    to.uint32(tag(8, WireType.LengthDelimited)).bytes(time);
    to.uint32(tag(11, WireType.LengthDelimited)).bytes(pair('app.kubernetes.io/name', name));
    to.uint32(tag(17, WireType.LengthDelimited)).bytes(managed);
  });
  const raw = message((to) => {
    to.uint32(tag(1, WireType.LengthDelimited)).bytes(metadata);
    to.uint32(tag(2, WireType.LengthDelimited)).bytes(pair('application.properties', data));
  });
  const type = message((to) => {
    textField(to, 1, 'v1');
    textField(to, 2, 'ConfigMap');
  });
  const unknown = message((to) => {
    to.uint32(tag(1, WireType.LengthDelimited)).bytes(type);
    to.uint32(tag(2, WireType.LengthDelimited)).bytes(raw);
    textField(to, 3, '');
    textField(to, 4, '');
  });
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

const tag = (field: number, wireType: WireType) => (field << 3) | wireType;

function message(write: (to: BinaryWriter) => void): Uint8Array {
  const to = new BinaryWriter();
  write(to);
  return to.finish();
}

function textField(to: BinaryWriter, field: number, text: string): void {
  to.uint32(tag(field, WireType.LengthDelimited)).string(text);
}

function pair(key: string, value: string): Uint8Array {
  return message((to) => {
    textField(to, 1, key);
    textField(to, 2, value);
  });
}
