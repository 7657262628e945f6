import { Command } from 'commander';
import type { Baseline } from '../../objects/baseline.ts';
import type { SnapshotReading } from '../../snapshot/reading.ts';
import { systemClock } from '../../support/clock.ts';
import type { LiveOptions } from '../snapshots/live-inventory.ts';
import { etcdPrefix } from '../snapshots/options.ts';

interface BaselineOptions extends LiveOptions {
  out?: string;
  signKey?: string;
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
  kubedrill verify etcd-snapshot.db --baseline etcd-snapshot.baseline.json --verify-key baseline.pub
  kubedrill baseline live --endpoint https://127.0.0.1:2379 --cacert ca.crt --cert client.crt --key client.key`;

/** `kubedrill baseline FILE|live`: the inventory to keep beside a backup. */
export function baselineCommand(): Command {
  return new Command('baseline')
    .description(
      'Writes the inventory of a snapshot or a running etcd, to prove later what it held.',
    )
    .argument(
      '<file>',
      'a snapshot that `kubedrill verify` does not reject, also .gz or .zst, or live',
    )
    .option('--out <file>', 'write it there instead of to standard output')
    .option('--sign-key <file>', 'private key (PEM) to sign it with')
    .option('--endpoint <url>', 'of the etcd that `live` stands for; it is only read')
    .option('--cacert <file>', 'CA of that etcd')
    .option('--cert <file>', 'client certificate for that etcd')
    .option('--key <file>', 'key of that certificate')
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix", etcdPrefix, '/registry')
    .addHelpText('after', AFTER)
    .action(async (file: string, options: BaselineOptions) => {
      const text = await baselineText(file, options);
      if (options.out === undefined) {
        process.stdout.write(text);
        return;
      }
      await writeOut(options.out, text);
      process.stderr.write(`wrote ${options.out}\n`);
    });
}

async function baselineText(source: string, options: BaselineOptions): Promise<string> {
  const { signBaseline } = await import('../../objects/baseline.ts');
  const { readTextFile } = await import('../snapshots/options.ts');
  // Read first: a key that cannot be read should not be found out after minutes.
  const signKey =
    options.signKey === undefined
      ? undefined
      : readTextFile(options.signKey, `the key ${options.signKey}`);
  const baseline = await (source === 'live' ? ofLiveStore(options) : ofFile(source, options));
  const signed = signKey === undefined ? baseline : signBaseline(baseline, signKey);
  return `${JSON.stringify(signed, null, 1)}\n`;
}

async function ofLiveStore(options: BaselineOptions): Promise<Baseline> {
  const { baselineOf } = await import('../../objects/baseline.ts');
  const { readLiveInventory } = await import('../snapshots/live-inventory.ts');
  const inventory = await readLiveInventory(options);
  return baselineOf(inventory, {
    ...provenance(options),
    source: options.endpoint ?? 'live',
    sourceSha256: null,
  });
}

async function ofFile(file: string, options: BaselineOptions): Promise<Baseline> {
  const { singlePath } = await import('../snapshots/input.ts');
  const { openInput } = await import('../snapshots/open-input.ts');
  const { readWholeInventory } = await import('../snapshots/whole-inventory.ts');
  const { baselineOf } = await import('../../objects/baseline.ts');
  const { basename } = await import('node:path');
  const path = singlePath(file);
  await using input = await openInput(path);
  await refuseRejected(input.reading);
  return baselineOf(readWholeInventory(input.reading, options.etcdPrefix), {
    ...provenance(options),
    source: basename(path),
    sourceSha256: await sha256Of(input.path),
  });
}

function provenance({ etcdPrefix }: BaselineOptions) {
  const takenAt = new Date(systemClock.nowMs()).toISOString();
  return { takenAt, etcdPrefix };
}

/** @throws DrillError (environment) without space, or without the right to write there. */
async function writeOut(path: string, text: string): Promise<void> {
  const { writeWholeFile } = await import('../../support/whole-file.ts');
  const { environmentError, messageOf } = await import('../../support/errors.ts');
  try {
    await writeWholeFile(path, text);
  } catch (thrown) {
    throw environmentError(`write the baseline ${path}`, messageOf(thrown), 'df -h; ls -ld');
  }
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
