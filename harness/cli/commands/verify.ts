import { Command } from 'commander';
import { EXIT, type SnapshotVerdict } from '../../model/verdict.ts';
import type { BaselineRule } from '../../snapshot/hazards/against-baseline.ts';
import type { JudgeOptions, SnapshotJudgement } from '../../snapshot/judge.ts';
import type { ReadingOptions } from '../../snapshot/reading.ts';
import { systemClock } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import type { OpenInput } from '../snapshots/open-input.ts';
import {
  collect,
  durationMs,
  etcdPrefix,
  productVersion,
  readTextFile,
  revisionNumber,
  sizeBytes,
  timeMs,
} from '../snapshots/options.ts';
import type { SnapshotReport, Unreadable } from '../snapshots/verdict-json.ts';

interface VerifyOptions {
  json?: true;
  asOf?: number;
  maxAge?: number;
  minRevision?: number;
  etcd?: string;
  etcdPrefix: string;
  encryptionConfig?: string;
  saKey: string[];
  baseline?: string;
  verifyKey?: string;
  allowLoss?: string;
  allow: string[];
  maxSize?: number;
  boot?: true;
  kubernetes?: string;
  junit?: string;
  github?: true;
}

const EXIT_OF: Record<SnapshotVerdict, number> = {
  trusted: EXIT.ok,
  suspect: EXIT.inconclusive,
  reject: EXIT.failed,
};
/** Of several results the first of these counts. */
const EXIT_ORDER = [EXIT.internal, EXIT.failed, EXIT.usage, EXIT.environment, EXIT.inconclusive];

const AFTER = `
Verdicts and exit codes:
  trusted  0  whole, and nothing in it will hinder a restore
  suspect  4  readable, but its integrity cannot be proven or it will hurt after a restore
  reject   1  damaged, incomplete or not a snapshot: do not restore it
              2 for an input that cannot be read
Examples:
  kubedrill verify etcd-snapshot.db
  kubedrill verify /backup --max-age 26h --allow lease-expired
  ssh backup cat etcd.db.gz | kubedrill verify - --json`;

/** `kubedrill verify FILE…`: the offline verdict. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Says whether an etcd snapshot can be trusted, and what a restore of it will do.')
    .argument(
      '<file...>',
      'snapshots, folders of snapshots, or - for standard input; also .gz, .zst',
    )
    .option('--json', 'one JSON document on standard output')
    .option('--as-of <time>', 'judge ages and certificates at this time (default: now)', timeMs)
    .option('--max-age <duration>', 'the newest write must not be older: 90m, 36h, 7d', durationMs)
    .option('--min-revision <n>', 'revision that must be in it', revisionNumber)
    .option('--etcd <version>', 'of etcd that it will be restored on, as in 3.6', productVersion)
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix", etcdPrefix, '/registry')
    .option('--encryption-config <file>', "kube-apiserver's --encryption-provider-config")
    .option('--sa-key <file>', 'key of service-account tokens, sa.pub (repeatable)', collect, [])
    .option('--baseline <file>', 'inventory that `kubedrill baseline` wrote at backup time')
    .option('--verify-key <file>', 'public key that the baseline must be signed for')
    .option('--allow-loss <file>', 'rules for what of the baseline may be missing')
    .option('--allow <code>', 'accept this finding, unless it rejects (repeatable)', collect, [])
    .option('--boot', 'also start a throw-away etcd and kube-apiserver on it and list everything')
    .option('--kubernetes <version>', 'with --boot: of kube-apiserver, as in 1.36', productVersion)
    .option(
      '--max-size <size>',
      'of what a compressed file may unpack to (default: 16GiB)',
      sizeBytes,
    )
    .option('--junit <file>', 'write a JUnit report')
    .option('--github', 'annotate the GitHub job and append to its summary')
    .addHelpText('after', AFTER)
    .action(async (paths: string[], options: VerifyOptions) => {
      process.exitCode = await verifyAll(paths, options);
    });
}

/** Judges every input; one that cannot be read does not stop the others. */
async function verifyAll(paths: readonly string[], options: VerifyOptions): Promise<number> {
  const { expandPath } = await import('../snapshots/input.ts');
  const { verdictText } = await import('../snapshots/verdict-text.ts');
  const { endWith } = await import('../exit.ts');
  await refuseWhatWouldDoNothing(options);
  const judgeOptions = await judgeOptionsFrom(options);
  const reports: SnapshotReport[] = [];
  const unreadable: Unreadable[] = [];
  const exits: number[] = [];
  const attempt = async (file: string, work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (thrown) {
      exits.push(endWith(thrown, (text) => process.stderr.write(text)));
      unreadable.push({ file, why: messageOf(thrown) });
    }
  };
  const files: string[] = [];
  for (const path of paths) await attempt(path, () => void files.push(...expandPath(path)));
  for (const file of files) {
    await attempt(file, async () => {
      const report = await verifyOne(file, options, judgeOptions);
      reports.push(report);
      exits.push(EXIT_OF[report.verdict]);
      if (!options.json) process.stdout.write(verdictText(report, new Set(options.allow)));
    });
  }
  if (options.json) {
    const verdict = worst(reports);
    const document = { schemaVersion: 1, verdict, snapshots: reports, unreadable };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  try {
    await writeReports(reports, unreadable, options);
  } catch (thrown) {
    exits.push(endWith(thrown, (text) => process.stderr.write(text)));
  }
  return EXIT_ORDER.find((exit) => exits.includes(exit)) ?? EXIT.ok;
}

/** @throws DrillError (usage): an option that is silently ignored is taken for a check that passed. */
async function refuseWhatWouldDoNothing(options: VerifyOptions): Promise<void> {
  const { usageError } = await import('../../support/errors.ts');
  const { SNAPSHOT_CODES } = await import('../../snapshot/codes.ts');
  const attempted = 'verify as the options say';
  const needs = (given: unknown, option: string, other: string) => {
    if (given !== undefined) throw usageError(attempted, `${option} does nothing without ${other}`);
  };
  if (options.baseline === undefined) {
    needs(options.verifyKey, '--verify-key', '--baseline');
    needs(options.allowLoss, '--allow-loss', '--baseline');
  }
  if (options.boot === undefined) needs(options.kubernetes, '--kubernetes', '--boot');
  const unknown = options.allow.find((code) => !Object.hasOwn(SNAPSHOT_CODES, code));
  if (unknown === undefined) return;
  const { closest } = await import('fastest-levenshtein');
  const meant = closest(unknown, Object.keys(SNAPSHOT_CODES));
  throw usageError(attempted, `there is no finding ${unknown}`, `--allow ${meant}`);
}

async function writeReports(
  reports: readonly SnapshotReport[],
  unreadable: readonly Unreadable[],
  options: VerifyOptions,
): Promise<void> {
  if (options.junit !== undefined) {
    const { writeSnapshotJUnit } = await import('../snapshots/junit.ts');
    await writeSnapshotJUnit(options.junit, reports, unreadable);
  }
  if (options.github) {
    const { annotations, appendStepSummary } = await import('../snapshots/github.ts');
    if (!options.json) process.stdout.write(annotations(reports, unreadable));
    await appendStepSummary(reports, unreadable);
  }
}

async function verifyOne(
  path: string,
  options: VerifyOptions,
  judgeOptions: JudgeOptions,
): Promise<SnapshotReport> {
  const { openInput } = await import('../snapshots/open-input.ts');
  const { judgeSnapshot } = await import('../../snapshot/judge.ts');
  const { reportOf } = await import('../snapshots/verdict-json.ts');
  const readingOptions: ReadingOptions = {
    ...(options.minRevision === undefined ? {} : { minRevision: options.minRevision }),
    ...(options.etcd === undefined ? {} : { etcdVersion: options.etcd }),
  };
  await using input = await openInput(path, readingOptions, options.maxSize);
  const judged = await judgeSnapshot(input.reading, {
    ...judgeOptions,
    inventory: options.boot === true,
  });
  if (options.boot && input.reading.complete) await addBoot(input, judged, options);
  else if (options.boot)
    process.stderr.write(`not booted: ${input.reading.file} cannot be read whole\n`);
  const { asOfMs } = judgeOptions;
  return reportOf(input.reading, judged, { asOfMs, compression: input.compression });
}

/** Lets a real API server read the file, and judges again with what it found. */
async function addBoot(
  input: OpenInput,
  judged: SnapshotJudgement,
  options: VerifyOptions,
): Promise<void> {
  const { worstFirst } = await import('../../snapshot/judge.ts');
  const { bootSnapshot } = await import('../../runner/boot/boot-snapshot.ts');
  const { bootFindings } = await import('../../runner/boot/boot-findings.ts');
  const { progressPrinter } = await import('../../toolchain/progress.ts');
  const { verdictOf } = await import('../../snapshot/codes.ts');
  const { resolve } = await import('node:path');
  const { endOnSignal } = await import('../snapshots/end-on-signal.ts');
  const { inventory } = judged;
  if (inventory === null) return;
  endOnSignal();
  const booted = await bootSnapshot({
    snapshot: resolve(input.path),
    hasTrailer: judged.trailer.present,
    inventory,
    etcdPrefix: options.etcdPrefix,
    encryptionConfig:
      options.encryptionConfig === undefined ? null : resolve(options.encryptionConfig),
    etcd: options.etcd,
    kubernetes: options.kubernetes,
    onProgress: progressPrinter(process.stderr),
  });
  judged.findings = worstFirst([...bootFindings(booted), ...judged.findings]);
  judged.verdict = verdictOf(judged.findings, new Set(options.allow));
}

async function judgeOptionsFrom(options: VerifyOptions): Promise<JudgeOptions> {
  const { encryptionConfig, baseline, saKey } = options;
  return {
    asOfMs: options.asOf ?? systemClock.nowMs(),
    maxAgeMs: options.maxAge,
    prefix: options.etcdPrefix,
    allowed: new Set(options.allow),
    ...(encryptionConfig === undefined
      ? {}
      : { encryption: await encryptionFrom(encryptionConfig) }),
    ...(saKey.length === 0 ? {} : { serviceAccountKeyIds: await keyIdsFrom(saKey) }),
    ...(baseline === undefined ? {} : { baseline: await baselineFrom(baseline, options) }),
  };
}

async function encryptionFrom(file: string) {
  const { parseEncryptionConfiguration } = await import(
    '../../snapshot/hazards/encryption-configuration.ts'
  );
  return parseEncryptionConfiguration(readTextFile(file, `the configuration ${file}`), file);
}

async function keyIdsFrom(files: readonly string[]): Promise<Set<string>> {
  const { serviceAccountKeyId } = await import('../../snapshot/hazards/service-account-keys.ts');
  return new Set(
    files.map((file) => serviceAccountKeyId(readTextFile(file, `the key ${file}`), file)),
  );
}

async function baselineFrom(file: string, options: VerifyOptions): Promise<BaselineRule> {
  const { parseBaseline } = await import('../../objects/baseline.ts');
  const { parseLossRules } = await import('../../objects/loss-rules.ts');
  const { verifyKey, allowLoss } = options;
  return {
    baseline: parseBaseline(readTextFile(file, `the baseline ${file}`), file),
    publicKeyPem:
      verifyKey === undefined ? undefined : readTextFile(verifyKey, `the key ${verifyKey}`),
    allowedLosses:
      allowLoss === undefined
        ? []
        : parseLossRules(readTextFile(allowLoss, `the allowed losses ${allowLoss}`), allowLoss),
  };
}

const WORST_FIRST: readonly SnapshotVerdict[] = ['reject', 'suspect', 'trusted'];

/** null when no input could be read. */
function worst(reports: readonly SnapshotReport[]): SnapshotVerdict | null {
  return WORST_FIRST.find((verdict) => reports.some((each) => each.verdict === verdict)) ?? null;
}
