import { Command } from 'commander';
import { describeObject } from '../../model/finding.ts';
import { EXIT } from '../../model/verdict.ts';
import type { DiffEntry, InventoryDiff } from '../../objects/diff.ts';
import type { Inventory } from '../../objects/inventory.ts';
import type { RestoreDanger } from '../../objects/restore-dangers.ts';
import type { LiveOptions } from '../snapshots/live-inventory.ts';
import { etcdPrefix } from '../snapshots/options.ts';
import { printable } from '../snapshots/printable.ts';
import { table } from '../table.ts';

interface DiffCommandOptions extends LiveOptions {
  json?: true;
  all?: true;
}

/** Of one danger, in the text. */
const NAMED_MAX = 8;

const AFTER = `
Each difference is one of:
  lost         only in A
  resurrected  only in B, although it was made before A was taken: it had been deleted
  reverted     the same object, in B in an older state
  recreated    deleted and made again in between
  changed      the same object with other content
  added        only in B, and new
  rewritten    the same content written again
Exit codes: 0 the same, 1 different.
Examples:
  kubedrill diff monday.db tuesday.db
  kubedrill diff baseline.json etcd-snapshot.db --json
  kubedrill diff live etcd-snapshot.db --endpoint …     what a restore of it would undo`;

/** `kubedrill diff A B`: between two snapshots or baselines, by key. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('Names every object that differs between two snapshots (or baselines).')
    .argument('<a>', 'the older snapshot, a file that `kubedrill baseline` wrote, or live')
    .argument('<b>', 'the newer one')
    .option('--all', 'also events, leases and bookkeeping, which change all the time')
    .option('--endpoint <url>', 'of the etcd that `live` stands for; it is only read')
    .option('--cacert <file>', 'CA of that etcd')
    .option('--cert <file>', 'client certificate for that etcd')
    .option('--key <file>', 'key of that certificate')
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix", etcdPrefix, '/registry')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', AFTER)
    .action(async (a: string, b: string, options: DiffCommandOptions) => {
      const before = await inventoryFrom(a, options);
      const after = await inventoryFrom(b, options);
      const { diffInventories, divergentKeys } = await import('../../objects/diff.ts');
      const diff = shown(diffInventories(before, after), options.all === true);
      const divergent = divergentKeys(before, after);
      const { restoreDangers } = await import('../../objects/restore-dangers.ts');
      // Only what is live can be lost to a restore.
      const dangers = a === 'live' ? restoreDangers(diff) : [];
      process.stdout.write(
        options.json
          ? asJson({ a, b, before, after, diff, divergent, dangers })
          : asText(diff, divergent) + dangersAsText(dangers),
      );
      const same = Object.values(diff).every((entries) => entries.length === 0);
      process.exitCode = same ? EXIT.ok : EXIT.failed;
    });
}

async function inventoryFrom(path: string, options: DiffCommandOptions): Promise<Inventory> {
  if (path === 'live') {
    const { readLiveInventory } = await import('../snapshots/live-inventory.ts');
    return readLiveInventory(options);
  }
  if (path.endsWith('.json')) {
    const { parseBaseline } = await import('../../objects/baseline.ts');
    const { readTextFile } = await import('../snapshots/options.ts');
    return parseBaseline(readTextFile(path, `the baseline ${path}`), path).inventory;
  }
  const { singlePath } = await import('../snapshots/input.ts');
  const { openInput } = await import('../snapshots/open-input.ts');
  const { damageNote } = await import('../snapshots/damage-note.ts');
  const { readWholeInventory } = await import('../snapshots/whole-inventory.ts');
  await using input = await openInput(singlePath(path));
  process.stderr.write(await damageNote(input.reading));
  return readWholeInventory(input.reading, options.etcdPrefix);
}

function shown(diff: InventoryDiff, all: boolean): InventoryDiff {
  const kept = (entries: DiffEntry[]) => entries.filter(({ volatile }) => all || !volatile);
  return {
    lost: kept(diff.lost),
    resurrected: kept(diff.resurrected),
    reverted: kept(diff.reverted),
    recreated: kept(diff.recreated),
    changed: kept(diff.changed),
    added: kept(diff.added),
    rewritten: kept(diff.rewritten),
  };
}

function asText(diff: InventoryDiff, divergent: readonly string[]): string {
  const rows = Object.entries(diff).flatMap(([kind, entries]) =>
    entries.map((entry: DiffEntry) => [
      kind,
      printable(entry.object === null ? entry.key : describeObject(entry.object)),
      String(entry.before?.modRevision ?? '-'),
      String(entry.after?.modRevision ?? '-'),
      entry.uidChanged ? 'another uid' : '',
    ]),
  );
  const split =
    divergent.length === 0
      ? ''
      : `\nnot of one history: ${divergent.length} keys, e.g. ${printable(divergent[0] ?? '')}; the members had split, or one was restored in between\n`;
  if (rows.length === 0) return `no difference\n${split}`;
  return `${table(['WHAT', 'OBJECT', 'REVISION A', 'REVISION B', ''], rows)}${split}`;
}

function dangersAsText(dangers: readonly RestoreDanger[]): string {
  if (dangers.length === 0) return '';
  const lines = dangers.map(({ says, objects }) => {
    const named = objects.slice(0, NAMED_MAX).map((object) => printable(describeObject(object)));
    const rest = objects.length - named.length;
    return `  ${says} ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}\n`;
  });
  return `\na restore of it\n${lines.join('')}`;
}

interface Compared {
  a: string;
  b: string;
  before: Inventory;
  after: Inventory;
  diff: InventoryDiff;
  divergent: string[];
  dangers: RestoreDanger[];
}

function asJson({ a, b, before, after, diff, divergent, dangers }: Compared): string {
  const counts = Object.fromEntries(
    Object.entries(diff).map(([kind, entries]) => [kind, entries.length]),
  );
  const document = {
    schemaVersion: 1,
    a: { source: a, revision: before.revision },
    b: { source: b, revision: after.revision },
    counts,
    ...diff,
    divergentKeys: divergent,
    restoreDangers: dangers,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
