import { counted } from '../checks/wording.ts';
import type { ObjectRef } from '../model/finding.ts';
import type { Foretold } from '../model/foretold.ts';
import type { ObservedObject } from '../model/observation.ts';
import { type DiffEntry, diffInventories, type InventoryDiff } from '../objects/diff.ts';
import { type Envelope, readEnvelope } from '../objects/envelope.ts';
import { type Inventory, InventoryBuilder, type StoredRow } from '../objects/inventory.ts';
import { jobShape, serviceShape } from '../objects/kinds.ts';
import { keyText, parseObjectKey } from '../objects/object-key.ts';
import { INTERNAL_GROUP } from '../objects/resources.ts';
import { decode } from '../objects/shape.ts';
import { isOwn } from '../probes/etcd-objects.ts';
import { openSnapshot } from '../snapshot/open-snapshot.ts';
import { connect, type ReachableCluster } from '../targets/connections.ts';

const TIMEOUT_MS = 10_000;

/** What one side of the comparison holds. */
export interface Told {
  inventory: Inventory;
  /** Addresses of Services, and Jobs with work left, by their keys. */
  addresses: Map<string, string[]>;
  unfinished: Set<string>;
}

/**
 * Compares what is live with the backup, as `kubedrill diff live BACKUP` does: what a restore of it
 * will lose, bring back and undo. Reads only.
 * @param backup file of the snapshot.
 */
export async function foretell(
  cluster: ReachableCluster,
  backup: string,
  prefix: string,
): Promise<Foretold> {
  return foretoldBy(await fromEtcd(cluster, prefix), await fromFile(backup, prefix));
}

export function foretoldBy(live: Told, stored: Told): Foretold {
  const diff = diffInventories(live.inventory, stored.inventory);
  const back = [...kept(diff.resurrected), ...undone(diff)];
  return {
    lost: kept(diff.lost).map((entry) => observed(entry, 'before')),
    returned: kept(diff.resurrected).map((entry) => observed(entry, 'after')),
    reverted: undone(diff).map((entry) => observed(entry, 'after')),
    runsAgain: back.filter(({ key }) => stored.unfinished.has(key)).map(({ object }) => object),
    freed: kept(diff.lost).flatMap(({ key, object }) =>
      (live.addresses.get(key) ?? []).map((address) => ({ object, address })),
    ),
    untouched: true,
  };
}

/** One line of the journal. */
export function inWords({ lost, returned, reverted }: Foretold): string {
  return (
    `a restore of the backup would lose ${counted(lost.length, 'object')}, bring back` +
    ` ${returned.length} and undo changes of ${reverted.length}`
  );
}

function undone(diff: InventoryDiff): Kept[] {
  return kept([...diff.reverted, ...diff.recreated, ...diff.changed]);
}

type Kept = DiffEntry & { object: ObjectRef };

function kept(entries: readonly DiffEntry[]): Kept[] {
  return entries.filter(
    (entry): entry is Kept =>
      entry.object !== null &&
      entry.object.group !== INTERNAL_GROUP &&
      !entry.volatile &&
      !isOwn(entry.object),
  );
}

function observed(entry: Kept, side: 'before' | 'after'): ObservedObject {
  const stored = entry[side];
  const uid = stored !== null && 'uid' in stored ? (stored.uid as string | null) : null;
  return {
    ...entry.object,
    uid,
    revision: stored?.modRevision ?? 0,
    contentHash: stored?.contentHash ?? null,
  };
}

async function fromEtcd(cluster: ReachableCluster, prefix: string): Promise<Told> {
  const connections = connect(cluster, TIMEOUT_MS);
  const teller = new Teller(prefix);
  try {
    const [member] = connections.members;
    if (member === undefined) return teller.told(0);
    let revision = 0;
    for await (const page of member.etcd.pages(`${prefix}/`)) {
      revision = page.revision;
      for (const row of page.kvs) teller.add({ ...row, lease: BigInt(`0x${row.lease}`) });
    }
    return teller.told(revision);
  } finally {
    connections.close();
  }
}

async function fromFile(file: string, prefix: string): Promise<Told> {
  await using reading = await openSnapshot(file);
  const teller = new Teller(prefix);
  reading.eachLive((row) => teller.add(row));
  return teller.told(reading.figures.revision);
}

/** Takes rows from either side. */
export class Teller {
  readonly #prefix: string;
  readonly #builder = new InventoryBuilder();
  readonly #addresses: Told['addresses'] = new Map();
  readonly #unfinished: Told['unfinished'] = new Set();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  add(row: StoredRow): void {
    const key = keyText(row.key);
    const parsed = parseObjectKey(key, this.#prefix);
    if (parsed === null) return;
    const envelope = readEnvelope(row.value);
    this.#builder.add(row, key, parsed, envelope);
    if (parsed.resource === 'services' && parsed.group === '') this.#service(key, envelope);
    if (parsed.resource === 'jobs' && parsed.group === 'batch') this.#job(key, envelope);
  }

  told(revision: number): Told {
    return {
      inventory: this.#builder.finish(revision),
      addresses: this.#addresses,
      unfinished: this.#unfinished,
    };
  }

  #service(key: string, envelope: Envelope): void {
    const addresses = decode(serviceShape, envelope)?.spec?.clusterIPs ?? [];
    this.#addresses.set(
      key,
      addresses.filter((address) => address !== 'None'),
    );
  }

  #job(key: string, envelope: Envelope): void {
    const job = decode(jobShape, envelope);
    if (job === null || job.spec?.suspend === true) return;
    if (job.status?.completionTime !== undefined) return;
    this.#unfinished.add(key);
  }
}
