import { PLAIN_ROOT } from '../etcd/keys.ts';
import { WATCHED_NAMESPACE, WATCHED_PREFIX } from '../kube/drill-objects.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { ObjectRef } from '../model/finding.ts';
import { systemClock } from '../support/clock.ts';
import { inParallel } from '../support/parallel.ts';
import { seededRandom } from '../support/random.ts';
import { connect, type ReachableCluster } from '../targets/connections.ts';
import {
  configMap,
  deployment,
  namespace,
  secret,
  service,
  WATCHED_LABELS,
  WORKLOADS,
} from './application.ts';
import { firstMember, type WriteContext } from './context.ts';
import { keyRef } from './plain-keys.ts';
import type { Population } from './populate.ts';
import { settle } from './settle.ts';
import { someText } from './some-text.ts';
import { storedConfigMap } from './stored-configmap.ts';
import { ObjectWriter, type Planned } from './writer.ts';

export interface LaterWrites {
  /** New objects: gone after a restore of the backup, still there otherwise. */
  sentinels: ObjectRef[];
  /** Objects of before the backup that were changed and deleted. */
  changed: ObjectRef[];
  deleted: ObjectRef[];
  /** Of etcd after the last of these writes. */
  revision: number;
}

export interface LaterWritesOptions {
  /** About so many revisions; a handful are written in any case. */
  revisions: number;
  seed: number;
  /** Distinguishes several calls in one drill; part of the names. */
  round?: number;
  /**
   * Whose objects to change and delete. Undefined adds only: for a drill that restores nothing,
   * where a deletion of ours would look like a loss, and for a user's own data.
   */
  population?: Population | undefined;
  signal?: AbortSignal | undefined;
}

/** Objects of each round that are changed, and that are deleted. */
const CHANGED = 4;
const DELETED = 3;
const CONCURRENCY = 16;
/** New ConfigMaps beyond these are put into etcd over and over under so many names. */
const NEW_MAX = 200;
const REWRITTEN_NAMES = 100;

/** What happens in a cluster between the backup and the disaster. */
export async function writeAfterBackup(
  cluster: ReachableCluster,
  options: LaterWritesOptions,
): Promise<LaterWrites> {
  const connections = connect(cluster, 10_000);
  const round = options.round ?? 1;
  const context = {
    connections,
    count: options.revisions,
    random: seededRandom(options.seed + round),
    controllers: false,
    signal: options.signal,
    clock: systemClock,
  };
  // Each round takes others, so that nothing is changed twice or after its deletion.
  const own = (options.population?.changeable ?? []).slice((round - 1) * (CHANGED + DELETED));
  const victims = {
    changed: own.slice(0, CHANGED),
    deleted: own.slice(CHANGED, CHANGED + DELETED),
  };
  try {
    return await (connections.apiServers.length === 0
      ? writePlainKeys(context, round, victims)
      : writeObjects(context, round, victims));
  } finally {
    connections.close();
  }
}

interface Victims {
  changed: ObjectRef[];
  deleted: ObjectRef[];
}

async function writePlainKeys(
  context: WriteContext,
  round: number,
  { changed, deleted }: Victims,
): Promise<LaterWrites> {
  const etcd = firstMember(context.connections);
  const wanted = Math.max(1, context.count - changed.length - deleted.length);
  const added = Array.from(
    { length: Math.min(NEW_MAX, wanted) },
    (_, index) => `${PLAIN_ROOT}sentinel/after-${round}-${index}`,
  );
  const rewritten = Array.from(
    { length: wanted - added.length },
    (_, index) => `${PLAIN_ROOT}rewritten/${index % REWRITTEN_NAMES}`,
  );
  // One by one, because a transaction is one revision, whatever it writes.
  await inParallel(
    [...added, ...changed.map(({ name }) => name), ...rewritten],
    CONCURRENCY,
    (key) => etcd.put(key, someText(context.random, 50)),
  );
  for (const { name } of deleted) await etcd.delete(name);
  const { revision } = await etcd.range(PLAIN_ROOT, { prefix: true, countOnly: true });
  const sentinels = [...new Set([...added, ...rewritten])].map(keyRef);
  return { sentinels, changed, deleted, revision };
}

async function writeObjects(
  context: WriteContext,
  round: number,
  { changed, deleted }: Victims,
): Promise<LaterWrites> {
  const writer = new ObjectWriter(context.connections.apiServers, context.signal);
  const create = (planned: readonly Planned[]) =>
    inParallel(planned, CONCURRENCY, (each) => writer.create(each));
  const home = `kubedrill-after-${round}`;
  const spaces = [
    ...namespace(home),
    ...namespace(`${WATCHED_PREFIX}-after-${round}`, WATCHED_LABELS),
  ];
  const sentinels: ObjectRef[] = [];
  for (const planned of spaces) sentinels.push(await writer.create(planned));

  const fixed = spaces.length + 3 + CHANGED + DELETED + 3;
  const wanted = Math.max(4, context.count - fixed);
  sentinels.push(
    ...(await create([
      deployment(home, 'late', context.random),
      secret(home, 'late', context.random),
      service(home, 'late'),
      ...Array.from({ length: Math.min(NEW_MAX, wanted) }, (_, index) =>
        configMap(home, `late-${index}`, { round: String(round) }),
      ),
      ...['a', 'b', 'c'].map((letter) =>
        configMap(WATCHED_NAMESPACE, `watched-after-${round}-${letter}`, {}, WATCHED_LABELS),
      ),
    ])),
  );
  await inParallel(changed, CONCURRENCY, (ref) =>
    writer.replace(configMap(ref.namespace ?? '', ref.name, { changed: `in round ${round}` })),
  );
  await inParallel(deleted, CONCURRENCY, (ref) =>
    writer.delete(RESOURCES.configMaps, ref.namespace, ref.name),
  );
  const lost = [
    ...(await loseOneWatched(writer, changed, round)),
    ...(await loseOneService(writer, changed, round)),
  ];
  sentinels.push(...(await rewrite(context, home, Math.max(0, wanted - NEW_MAX))));
  const revision = await settle(context);
  return { sentinels, changed, deleted: [...deleted, ...lost], revision };
}

/** A watching client must hear of a deletion too, and of its being undone by the restore. */
async function loseOneWatched(
  writer: ObjectWriter,
  changed: readonly ObjectRef[],
  round: number,
): Promise<ObjectRef[]> {
  if (changed.length === 0) return [];
  const doomed = { group: '', resource: 'configmaps', namespace: WATCHED_NAMESPACE };
  const name = `watched-${round}`;
  await writer.delete(RESOURCES.configMaps, WATCHED_NAMESPACE, name);
  return [{ ...doomed, name }];
}

/** DNS must hear of a Service that comes back. Of the second application, because the first one is all sentinels. */
async function loseOneService(
  writer: ObjectWriter,
  changed: readonly ObjectRef[],
  round: number,
): Promise<ObjectRef[]> {
  const namespace = changed[1]?.namespace;
  const [, name = ''] = WORKLOADS;
  if (round > 1 || namespace == null) return [];
  await writer.delete(RESOURCES.services, namespace, name);
  return [{ group: '', resource: 'services', namespace, name }];
}

/** Many revisions, few objects; past the API, which would take a minute for 50,000. */
async function rewrite(context: WriteContext, home: string, count: number): Promise<ObjectRef[]> {
  const etcd = firstMember(context.connections);
  const createdAtMs = context.clock.nowMs();
  const nameOf = (index: number) => `rewritten-${index % REWRITTEN_NAMES}`;
  await inParallel(Array.from({ length: count }).keys(), CONCURRENCY, async (index) => {
    const parts = { namespace: home, name: nameOf(index), createdAtMs };
    const put = storedConfigMap({ ...parts, data: { index: String(index) } });
    await etcd.write([{ put }]);
  });
  return Array.from({ length: Math.min(count, REWRITTEN_NAMES) }, (_, index) => ({
    group: '',
    resource: 'configmaps',
    namespace: home,
    name: nameOf(index),
  }));
}
