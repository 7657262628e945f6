import { Command, InvalidArgumentError } from 'commander';
import type { Outlook, ResolveOptions } from '../../toolchain/resolve.ts';
import type { ToolSource } from '../../toolchain/toolchain.ts';
import { table } from '../table.ts';

interface CommonOptions {
  tool?: Record<string, string>;
  json?: boolean;
}

interface InstallOptions extends CommonOptions {
  etcd?: string;
  kubernetes?: string;
  forTests?: boolean;
}

/** `kubedrill toolchain list|install`. */
export function toolchainCommand(): Command {
  const command = new Command('toolchain').description(
    'the etcd and Kubernetes programs that drills run: where they come from, and getting them',
  );
  command
    .command('list')
    .description(
      'each known tool and version, where it would come from, and why not from elsewhere',
    )
    .option('--tool <name=path>', TOOL_HELP, collectTool)
    .option('--json', 'one JSON document on standard output')
    .action((options: CommonOptions) => listTools(options));
  command
    .command('install')
    .description('find, download or build the tools now, so that no drill has to wait for them')
    .option('--etcd <version>', 'as 3.6 or 3.6.16')
    .option('--kubernetes <version>', 'as 1.36 or 1.36.3, or "none"')
    .option('--for-tests', "everything that kubedrill's own tests need")
    .option('--tool <name=path>', TOOL_HELP, collectTool)
    .option('--json', 'one JSON document on standard output')
    .action((options: InstallOptions) => installTools(options));
  return command;
}

export const TOOL_HELP =
  'use this program, as etcd=/opt/etcd/etcd; repeatable (or the variable KUBEDRILL_ETCD)';

/** For commander: gathers repeated `--tool name=path` into one record. */
export function collectTool(
  word: string,
  before: Record<string, string> = {},
): Record<string, string> {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  if (name === undefined || path === undefined) {
    throw new InvalidArgumentError('It has to read NAME=PATH, as etcd=/opt/etcd/etcd.');
  }
  return { ...before, [name]: path };
}

async function listTools(options: CommonOptions): Promise<void> {
  const { loadMatrix } = await import('../../toolchain/matrix.ts');
  const { foreseeProduct } = await import('../../toolchain/resolve.ts');
  const matrix = loadMatrix();
  const families = Object.entries(matrix.products).flatMap(([product, { families }]) =>
    families.map(({ family }) => ({ product, family })),
  );
  const settings = { matrix, given: options.tool };
  const outlooks = await Promise.all(
    families.map(({ product, family }) => foreseeProduct(product, family, settings)),
  );
  const tools = outlooks.flat();
  if (options.json) printJson(tools);
  else process.stdout.write(describeOutlook(tools));
}

async function installTools(options: InstallOptions): Promise<void> {
  const { loadMatrix } = await import('../../toolchain/matrix.ts');
  const { resolveProduct } = await import('../../toolchain/resolve.ts');
  const { chooseVersion } = await import('../../toolchain/versions.ts');
  const { progressPrinter } = await import('../../toolchain/progress.ts');
  const matrix = loadMatrix();
  const wanted = options.forTests
    ? Object.entries(matrix.tests).flatMap(([product, families]) =>
        families.map((family) => ({ product, family })),
      )
    : [
        { product: 'etcd', family: options.etcd },
        { product: 'kubernetes', family: options.kubernetes },
      ].filter(({ family }) => family !== 'none');
  for (const { product, family } of wanted) chooseVersion(matrix, product, family);
  const tools: ToolSource[] = [];
  await stoppable(async (signal) => {
    const settings: ResolveOptions = {
      matrix,
      signal,
      given: options.tool,
      onProgress: progressPrinter(process.stderr),
    };
    for (const { product, family } of wanted) {
      tools.push(...(await resolveProduct(product, family, settings)));
    }
  });
  if (options.json) printJson(tools);
  else process.stdout.write(describeInstalled(tools));
}

/** Ctrl-C and SIGTERM stop the work, which then clears up and throws. */
async function stoppable(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  // Not once(): execa ends the process at a signal when it finds no other listener left.
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    await work(stop.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

function printJson(tools: readonly (Outlook | ToolSource)[]): void {
  const document = {
    schemaVersion: 1,
    tools: tools.map((tool) => ({ ...tool, source: tool.source ?? null, path: tool.path ?? null })),
  };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function describeInstalled(tools: readonly ToolSource[]): string {
  const rows = tools.map((each) => [each.tool, each.version, each.source, each.path]);
  return table(HEADINGS, rows);
}

const HEADINGS = ['tool', 'version', 'from', 'path'];
const COMING: Record<string, string> = {
  release: 'would be downloaded from the official release',
  image: 'would be copied out of the official image',
  go: 'would be built with go',
};

function describeOutlook(tools: readonly Outlook[]): string {
  const rows = tools.map((each) => [
    each.tool,
    each.version,
    each.source ?? '-',
    each.path ?? COMING[each.source ?? ''] ?? 'cannot be had on this machine',
  ]);
  const reasons = Map.groupBy(
    tools.flatMap((each) =>
      each.passedOver.map(({ source, reason }) => ({
        line: `${source}: ${reason}`,
        tool: `${each.tool} ${each.version}`,
      })),
    ),
    ({ line }) => line,
  );
  const passedOver = [...reasons].map(
    ([line, from]) => `  ${line} (${from.length === 1 ? from[0]?.tool : `${from.length} tools`})\n`,
  );
  const header = passedOver.length === 0 ? '' : '\nPassed over:\n';
  return `${table(HEADINGS, rows)}${header}${passedOver.join('')}`;
}
