import { Command } from 'commander';
import type { Inventory, InventoryEntry } from '../../objects/inventory.ts';
import type { SnapshotReading } from '../../snapshot/reading.ts';
import { usageError } from '../../support/errors.ts';
import { etcdPrefix } from '../snapshots/options.ts';
import { printable } from '../snapshots/printable.ts';
import { table } from '../table.ts';

interface InspectOptions {
  json?: true;
  resource?: string;
  namespace?: string;
  show?: true;
  history?: string;
  etcdPrefix: string;
}

const AFTER = `
Examples:
  kubedrill inspect etcd-snapshot.db                              what is in it, by resource
  kubedrill inspect etcd-snapshot.db --resource pods -n shop      these objects
  kubedrill inspect etcd-snapshot.db --resource widgets -n shop --show
  kubedrill inspect etcd-snapshot.db --history /registry/configmaps/shop/settings`;

/** `kubedrill inspect FILE`. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Shows what is in an etcd snapshot; never the values of Secrets.')
    .argument('<file>', 'a snapshot, also .gz or .zst, or - for standard input')
    .option('--resource <plural>', 'list the objects of this resource, as in pods or widgets.x.io')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('--show', 'the listed objects as YAML, and what is left out of it')
    .option('--history <key>', 'every revision of this etcd key that is still in the file')
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix", etcdPrefix, '/registry')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', AFTER)
    .action(async (file: string, options: InspectOptions) => {
      const { openInput } = await import('../snapshots/open-input.ts');
      const { singlePath } = await import('../snapshots/input.ts');
      const { damageNote } = await import('../snapshots/damage-note.ts');
      if (options.show && options.resource === undefined && options.namespace === undefined)
        throw usageError('show objects', 'which ones?', 'add --resource PLURAL, or -n NAMESPACE');
      await using input = await openInput(singlePath(file));
      process.stderr.write(await damageNote(input.reading));
      process.stdout.write(await inspection(input.reading, options));
    });
}

async function inspection(reading: SnapshotReading, options: InspectOptions): Promise<string> {
  if (options.history !== undefined) return historyOf(reading, options.history, options);
  const { readInventory } = await import('../../snapshot/read-inventory.ts');
  const inventory = readInventory(reading, options.etcdPrefix);
  if (options.resource === undefined && options.namespace === undefined)
    return overview(reading, inventory, options);
  const entries = inventory.entries.filter((entry) => isWanted(entry, options));
  if (entries.length === 0) throw nothingFound(reading.file, inventory, options);
  if (options.show) return yamlOf(reading, new Set(entries.map(({ key }) => key)));
  if (options.json) return document({ file: reading.file, objects: entries });
  return table(
    ['RESOURCE', 'NAMESPACE', 'NAME', 'REVISION', 'BYTES', 'ENCODING', 'UID'],
    entries.map((entry) => [
      printable(qualified(entry)),
      printable(entry.namespace ?? '-'),
      printable(entry.name),
      String(entry.modRevision),
      String(entry.sizeBytes),
      printable(entry.encoding),
      printable(entry.uid ?? '-'),
    ]),
  );
}

/** `pods`, `widgets.x.io`: as kubectl writes it. */
function qualified({ group, resource }: { group: string; resource: string }): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function isWanted(entry: InventoryEntry, { resource, namespace }: InspectOptions): boolean {
  const resourceFits =
    resource === undefined || resource === entry.resource || resource === qualified(entry);
  return resourceFits && (namespace === undefined || namespace === entry.namespace);
}

function nothingFound(file: string, inventory: Inventory, options: InspectOptions) {
  const known = [...new Set(inventory.entries.map(qualified))].sort();
  const what = [options.resource, options.namespace && `namespace ${options.namespace}`];
  return usageError(
    `find ${what.filter(Boolean).join(' in ')} in ${file}`,
    known.length === 0 ? 'it holds no Kubernetes object' : `it holds ${known.join(', ')}`,
    `kubedrill inspect ${file}`,
  );
}

async function overview(
  reading: SnapshotReading,
  inventory: Inventory,
  options: InspectOptions,
): Promise<string> {
  const { countByResource } = await import('../../objects/inventory.ts');
  const { sizeText } = await import('../snapshots/verdict-text.ts');
  const { figures, identity } = reading;
  const resources = countByResource(inventory);
  const { otherKeys, plainKeys } = inventory;
  if (options.json) {
    const { file } = reading;
    return document({ file, figures, identity, resources, otherKeys, plainKeys });
  }
  const bytes = Map.groupBy(inventory.entries, qualified);
  const sizeOf = (name: string) =>
    (bytes.get(name) ?? []).reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const members = identity.members.map(({ name, peerUrls }) => `${name} (${peerUrls.join(' ')})`);
  return [
    `${reading.file}: ${sizeText(figures.sizeBytes)}, revision ${figures.revision}, ${figures.liveKeys} live keys in ${figures.revisionRows} rows, ${figures.tombstones} tombstones`,
    `etcd ${identity.storageVersion ?? identity.clusterVersion ?? 'of unknown version'}, members: ${printable(members.join(', ')) || 'none'}`,
    '',
    table(
      ['RESOURCE', 'COUNT', 'SIZE', 'ENCODING', 'NAMESPACES'],
      resources.map((count) => [
        printable(qualified(count)),
        String(count.count),
        sizeText(sizeOf(qualified(count))),
        printable(pairs(count.encoding, count.count)),
        printable(pairs(count.namespaces)),
      ]),
    ),
    ...(otherKeys === 0 ? [] : [`and ${otherKeys} keys outside ${options.etcdPrefix}/\n`]),
  ].join('\n');
}

/** `shop 3, data 1`; only the name when one holds all. */
function pairs(counts: Record<string, number>, all?: number): string {
  return Object.entries(counts)
    .map(([name, count]) => (count === all ? name : `${name} ${count}`))
    .join(', ');
}

async function yamlOf(reading: SnapshotReading, keys: ReadonlySet<string>): Promise<string> {
  const { keyText } = await import('../../objects/object-key.ts');
  const { readEnvelope } = await import('../../objects/envelope.ts');
  const { redactedYaml } = await import('../snapshots/redacted-yaml.ts');
  const documents = new Map<string, string>();
  reading.eachLive((row) => {
    const key = keyText(row.key);
    if (keys.has(key)) documents.set(key, redactedYaml(readEnvelope(row.value)));
  });
  const inKeyOrder = [...documents].sort(([a], [b]) => (a < b ? -1 : 1));
  return inKeyOrder.map(([key, yaml]) => `---\n# ${printable(key)}\n${yaml}`).join('');
}

async function historyOf(
  reading: SnapshotReading,
  key: string,
  options: InspectOptions,
): Promise<string> {
  const { hash } = await import('node:crypto');
  const revisions = reading.history(Buffer.from(key)).map((each) => ({
    revision: each.mainRevision,
    subRevision: each.subRevision,
    deleted: each.tombstone,
    createRevision: each.createRevision,
    version: each.version,
    leased: each.lease !== 0n,
    sizeBytes: each.value.length,
    contentHash: each.tombstone ? null : hash('sha256', each.value, 'base64url'),
  }));
  if (revisions.length === 0) {
    throw usageError(
      `find key ${key} in ${reading.file}`,
      'no revision of it is in the file',
      `kubedrill inspect ${reading.file} --resource pods --json | grep '"key"'`,
    );
  }
  if (options.json) return document({ file: reading.file, key, revisions });
  return table(
    ['REVISION', 'WHAT', 'VERSION', 'BYTES', 'SHA-256 (base64url)'],
    revisions.map((each) => [
      `${each.revision}.${each.subRevision}`,
      each.deleted ? 'deleted' : each.version === 1 ? 'created' : 'changed',
      String(each.version),
      String(each.sizeBytes),
      each.contentHash ?? '-',
    ]),
  );
}

function document(content: object): string {
  return `${JSON.stringify({ schemaVersion: 1, ...content }, null, 2)}\n`;
}
