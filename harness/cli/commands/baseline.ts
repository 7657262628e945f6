import { Command } from 'commander';
import type { SnapshotReading } from '../../snapshot/reading.ts';
import { systemClock } from '../../support/clock.ts';

interface BaselineOptions {
  out?: string;
  signKey?: string;
  etcdPrefix: string;
}

const AFTER = `
The baseline names every object with its revisions and the SHA-256 of its content, no content.
Keep it beside the backup, but not writable by who can write the backup: a file that was changed
and given a new SHA-256 can only be told from a good one by a baseline (better: a signed one).
Examples:
  kubedrill baseline etcd-snapshot.db --out etcd-snapshot.baseline.json
  openssl genpkey -algorithm ed25519 -out baseline.key
  openssl pkey -in baseline.key -pubout -out baseline.pub
  kubedrill baseline etcd-snapshot.db --sign-key baseline.key --out etcd-snapshot.baseline.json
  kubedrill verify etcd-snapshot.db --baseline etcd-snapshot.baseline.json --verify-key baseline.pub`;

/** `kubedrill baseline FILE`: the inventory to keep beside a backup. */
export function baselineCommand(): Command {
  return new Command('baseline')
    .description('Writes the inventory of a snapshot, to prove later what it held.')
    .argument('<file>', 'a snapshot that `kubedrill verify` trusts, also .gz or .zst')
    .option('--out <file>', 'write it there instead of to standard output')
    .option('--sign-key <file>', 'private key (PEM) to sign it with')
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix", '/registry')
    .addHelpText('after', AFTER)
    .action(async (file: string, options: BaselineOptions) => {
      const text = await baselineText(file, options);
      if (options.out === undefined) {
        process.stdout.write(text);
        return;
      }
      const { writeWholeFile } = await import('../../support/whole-file.ts');
      await writeWholeFile(options.out, text);
      process.stderr.write(`wrote ${options.out}\n`);
    });
}

async function baselineText(file: string, options: BaselineOptions): Promise<string> {
  const { singlePath } = await import('../snapshots/input.ts');
  const { openInput } = await import('../snapshots/open-input.ts');
  const { readTextFile } = await import('../snapshots/options.ts');
  const { readWholeInventory } = await import('../snapshots/whole-inventory.ts');
  const { baselineOf, signBaseline } = await import('../../objects/baseline.ts');
  const { basename } = await import('node:path');
  const { timeText } = await import('../snapshots/verdict-json.ts');
  const signKey =
    options.signKey === undefined
      ? undefined
      : readTextFile(options.signKey, `the key ${options.signKey}`);
  const path = singlePath(file);
  await using input = await openInput(path);
  await refuseRejected(input.reading);
  const inventory = readWholeInventory(input.reading, options.etcdPrefix);
  const baseline = baselineOf(inventory, {
    takenAt: timeText(systemClock.nowMs()),
    source: basename(path),
    sourceSha256: await sha256Of(input.path),
    etcdPrefix: options.etcdPrefix,
  });
  const signed = signKey === undefined ? baseline : signBaseline(baseline, signKey);
  return `${JSON.stringify(signed, null, 1)}\n`;
}

/** @throws DrillError (usage): a baseline of a damaged file would bless the damage. */
async function refuseRejected(reading: SnapshotReading): Promise<void> {
  const { verdictOf } = await import('../../snapshot/codes.ts');
  const { usageError } = await import('../../support/errors.ts');
  const findings = await reading.findings();
  if (verdictOf(findings) !== 'reject') return;
  throw usageError(
    `write a baseline of ${reading.file}`,
    `the file is not whole (${findings.map(({ code }) => code).join(', ')})`,
    `kubedrill verify ${reading.file}`,
  );
}

async function sha256Of(path: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { createReadStream } = await import('node:fs');
  const { pipeline } = await import('node:stream/promises');
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
