import { Command, InvalidArgumentError, Option } from 'commander';
import { PHASES, type Phase } from '../../model/phase.ts';
import { type TargetName, targetNameSchema } from '../../model/scenario.ts';
import { collectTool, TOOL_HELP } from './toolchain.ts';

/** What the user asked of `kubedrill run`; undefined where the scenario decides. */
export interface RunOptions {
  target: TargetName | undefined;
  /** A shipped runbook's name or a file; replaces the scenario's whole recovery. */
  runbook: string | undefined;
  etcd: string | undefined;
  /** A version, or `none`. */
  kubernetes: string | undefined;
  snapshot: SnapshotOptions | undefined;
  runWorkloads: boolean;
  objectCount: number | undefined;
  /** Also run kube-controller-manager and kube-scheduler. */
  controllers: boolean;
  /** Control planes, each with its etcd member. */
  controlPlanes: 1 | 3 | 5 | undefined;
  workers: number | undefined;
  /** Of target kind. */
  nodeImage: string | undefined;
  ingress: string | undefined;
  seed: number | undefined;
  repeat: number;
  timeoutMs: number | undefined;
  pauseAfter: Phase | undefined;
  keep: 'never' | 'failure' | 'always';
  dryRun: boolean;
  json: boolean;
  eventsFile: string | undefined;
  junitFile: string | undefined;
  directory: string | undefined;
  /** Tool name to path: `etcd` → `/opt/etcd/etcd`. */
  tools: Record<string, string>;
}

/** The user's own backup to start from. */
export interface SnapshotOptions {
  file: string;
  etcdPrefix: string | undefined;
  encryptionConfig: string | undefined;
  serviceAccountKey: string | undefined;
  serviceCidr: string | undefined;
}

interface Raw {
  target?: TargetName;
  runbook?: string;
  etcd?: string;
  kubernetes?: string;
  snapshot?: string;
  etcdPrefix?: string;
  encryptionConfig?: string;
  saKey?: string;
  serviceCidr?: string;
  runWorkloads?: true;
  objects?: number;
  controllers?: true;
  controlPlanes?: 1 | 3 | 5;
  workers?: number;
  image?: string;
  ingress?: string;
  seed?: number;
  repeat: number;
  timeout?: number;
  pauseAfter?: Phase;
  keep: RunOptions['keep'];
  dryRun?: true;
  json?: true;
  events?: string;
  junit?: string;
  out?: string;
  tool?: Record<string, string>;
}

const EXAMPLES = `Examples:
  kubedrill run quorum-loss
  kubedrill run quorum-loss member-loss --junit drills.xml
  kubedrill run quorum-loss --runbook docs/our-restore.md --snapshot etcd-snapshot.db
  kubedrill run ./drills/ours/scenario.yaml --pause-after verify
`;

/** Starts the drills and returns the exit code. */
type StartRun = (scenarios: string[], options: RunOptions) => Promise<number>;

const startRun: StartRun = async (scenarios, options) =>
  (await import('./run.ts')).runCommand(scenarios, options);

/** `run` with its options; the drill's code is loaded when it starts. */
export function runDefinition(start: StartRun = startRun): Command {
  const command = new Command('run')
    .description('Runs drills one after the other; the first that matters sets the exit code.')
    .argument('<scenario...>', 'names (`kubedrill list`) or files and folders of your own')
    .addHelpText('before', EXAMPLES)
    .action(async (scenarios: string[], raw: Raw) => {
      process.exitCode = await start(scenarios, fromRaw(raw, command));
    });
  addDrillOptions(command);
  addSnapshotOptions(command);
  addReportOptions(command);
  return command;
}

function addDrillOptions(command: Command): void {
  command
    .optionsGroup('The drill:')
    .addOption(
      new Option('--target <target>', "where it runs (default: the scenario's first)").choices(
        targetNameSchema.options,
      ),
    )
    .option('--runbook <name|file>', "recover by this runbook instead of the scenario's own")
    .option('--etcd <version>', 'version of etcd, as in 3.6')
    .option('--kubernetes <version>', 'version of Kubernetes, as in 1.36; none: etcd alone')
    .option('--controllers', 'also run kube-controller-manager and kube-scheduler')
    .option('--control-planes <n>', '1, 3 or 5, each with its etcd member', oneThreeOrFive)
    .option('--workers <n>', 'hosts beside the control planes (target kind: nodes)', wholeNumber(0))
    .option('--image <image>', 'node image of target kind, as in kindest/node:v1.36.3')
    .option(
      '--ingress <name|file>',
      'ingress controller of target kind: nginx (a small stand-in), traefik, none, or a manifest',
    )
    .option('--objects <n>', 'how many objects to write before the backup', wholeNumber(0))
    .option('--seed <n>', 'repeat the random choices of an earlier run', wholeNumber(0))
    .option('--repeat <n>', 'run each scenario so many times', wholeNumber(1), 1)
    .option('--timeout <seconds>', 'give up a drill after so long', wholeNumber(1))
    .addOption(
      new Option('--pause-after <phase>', 'stop there, say how to reach the cluster, wait').choices(
        PHASES,
      ),
    )
    .option('--tool <name=path>', TOOL_HELP, collectTool)
    .option('--dry-run', 'print the plan with its exact commands and stop');
}

function addSnapshotOptions(command: Command): void {
  command
    .optionsGroup('Your own backup:')
    .option('--snapshot <file>', 'start from this etcd snapshot instead of made-up objects')
    .option('--etcd-prefix <prefix>', "kube-apiserver's --etcd-prefix (default: /registry)")
    .option('--encryption-config <file>', "kube-apiserver's EncryptionConfiguration")
    .option('--sa-key <file>', 'key that signed the service account tokens')
    .option('--service-cidr <cidr>', 'range of the Services in the backup')
    .option('--run-workloads', 'let controllers and kubelets act on what the backup holds');
}

function addReportOptions(command: Command): void {
  command
    .optionsGroup('Evidence and reports:')
    .option('--json', 'print the record of the run on standard output')
    .option('--events <file>', 'write every event as a line of JSON, as it happens')
    .option('--junit <file>', 'write a JUnit report')
    .option('--out <dir>', 'folder of the evidence (default: ./kubedrill-runs/<run id>)')
    .addOption(
      new Option('--keep <when>', 'keep data directories')
        .choices(['never', 'failure', 'always'])
        .default('failure'),
    );
}

function fromRaw(raw: Raw, command: Command): RunOptions {
  return {
    target: raw.target,
    runbook: raw.runbook,
    etcd: raw.etcd,
    kubernetes: raw.kubernetes,
    snapshot: snapshotFrom(raw, command),
    runWorkloads: raw.runWorkloads ?? false,
    objectCount: raw.objects,
    controllers: raw.controllers ?? false,
    controlPlanes: raw.controlPlanes,
    workers: raw.workers,
    nodeImage: raw.image,
    ingress: raw.ingress,
    seed: raw.seed,
    repeat: raw.repeat,
    timeoutMs: raw.timeout === undefined ? undefined : raw.timeout * 1000,
    pauseAfter: raw.pauseAfter,
    keep: raw.keep,
    dryRun: raw.dryRun ?? false,
    json: raw.json ?? false,
    eventsFile: raw.events,
    junitFile: raw.junit,
    directory: raw.out,
    tools: raw.tool ?? {},
  };
}

function snapshotFrom(raw: Raw, command: Command): SnapshotOptions | undefined {
  if (raw.snapshot !== undefined) {
    return {
      file: raw.snapshot,
      etcdPrefix: raw.etcdPrefix,
      encryptionConfig: raw.encryptionConfig,
      serviceAccountKey: raw.saKey,
      serviceCidr: raw.serviceCidr,
    };
  }
  const orphan = (
    ['etcdPrefix', 'encryptionConfig', 'saKey', 'serviceCidr', 'runWorkloads'] as const
  ).find((key) => raw[key] !== undefined);
  if (orphan !== undefined) {
    const flag = command.options.find((option) => option.attributeName() === orphan)?.long;
    command.error(`error: option '${flag}' says how to read a backup: give --snapshot too`);
  }
  return undefined;
}

/** So many can lose one without a tie. */
function oneThreeOrFive(text: string): 1 | 3 | 5 {
  if (text === '1' || text === '3' || text === '5') return Number(text) as 1 | 3 | 5;
  throw new InvalidArgumentError('1, 3 or 5 is needed.');
}

/** @returns a parser of a whole number that is at least `least`. */
function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`A whole number from ${least} is needed.`);
    return value;
  };
}
