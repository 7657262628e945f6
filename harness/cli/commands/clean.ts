import { rm } from 'node:fs/promises';
import { Command } from 'commander';
import type { RegisteredRun } from '../../runner/run-registry.ts';
import { messageOf, usageError } from '../../support/errors.ts';
import type { Engine } from '../../targets/container/engine.ts';
import type { Leftover } from '../../targets/container/leftovers.ts';

interface Options {
  dryRun?: true;
  json?: true;
}

/** What is left of runs: folders that they registered, and what the engine has with their label. */
interface Remains {
  folders: RegisteredRun[];
  engine: Engine | undefined;
  inEngine: Leftover[];
  /** Names of images that newer ones have replaced. */
  images: string[];
}

/** `kubedrill clean`: removes what runs left that never came to their own end. */
export function cleanCommand(): Command {
  return new Command('clean')
    .description(
      'Removes what killed runs left: folders with host files and data directories, containers, networks and volumes; and images that newer ones have replaced. A run that is under way is left alone.',
    )
    .argument('[run...]', 'only these run ids')
    .option('--dry-run', 'say what would be removed')
    .option('--json', 'one document on standard output')
    .action(clean);
}

async function clean(runIds: string[], options: Options): Promise<void> {
  const { isRunning } = await import('../../runner/run-registry.ts');
  const remains = ofThese(runIds, await findRemains());
  const alive = new Set([
    ...remains.folders.filter(isRunning).map(({ runId }) => runId),
    ...remains.inEngine.filter(({ underWay }) => underWay).map(({ runId }) => runId),
  ]);
  const dead = {
    engine: remains.engine,
    folders: remains.folders.filter(({ runId }) => !alive.has(runId)),
    inEngine: remains.inEngine.filter(({ runId }) => !alive.has(runId)),
    images: remains.images,
  };
  if (!options.dryRun) await remove(dead);
  const underWay = [...alive].map(
    (runId) => remains.folders.find((run) => run.runId === runId) ?? { runId },
  );
  process.stdout.write(
    options.json ? document(dead, underWay, options) : describe(dead, underWay, options),
  );
}

async function findRemains(): Promise<Remains> {
  const { registeredRuns } = await import('../../runner/run-registry.ts');
  const { connectEngine } = await import('../../targets/container/engine.ts');
  const { findLeftovers } = await import('../../targets/container/leftovers.ts');
  const { findOutdatedImages } = await import('../../targets/container/outdated-images.ts');
  const folders = await registeredRuns();
  try {
    const engine = await connectEngine();
    const inEngine = await findLeftovers(engine);
    return { folders, engine, inEngine, images: await findOutdatedImages(engine) };
  } catch (thrown) {
    // Most machines without Docker never had a drill in it.
    process.stderr.write(`not looked for containers: ${messageOf(thrown)}\n`);
    return { folders, engine: undefined, inEngine: [], images: [] };
  }
}

function ofThese(runIds: readonly string[], remains: Remains): Remains {
  if (runIds.length === 0) return remains;
  const all = [...remains.folders, ...remains.inEngine];
  const unknown = runIds.find((id) => !all.some(({ runId }) => runId === id));
  if (unknown !== undefined) {
    throw usageError(
      `clean run ${unknown}`,
      'no run of that id left anything',
      'kubedrill clean --dry-run',
    );
  }
  const wanted = ({ runId }: { runId: string }) => runIds.includes(runId);
  return {
    engine: remains.engine,
    folders: remains.folders.filter(wanted),
    inEngine: remains.inEngine.filter(wanted),
    images: [],
  };
}

async function remove({ folders, engine, inEngine, images }: Remains): Promise<void> {
  const { forgetRun } = await import('../../runner/run-registry.ts');
  const { removeImages } = await import('../../targets/container/outdated-images.ts');
  const { removeRun } = await import('../../targets/container/remove-run.ts');
  // Containers first: they may still write into the folders.
  if (engine) for (const { runId } of inEngine) await removeRun(engine, runId);
  if (engine) await removeImages(engine, images);
  for (const { runId, directory } of folders) {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    await forgetRun(runId);
  }
}

function document(
  dead: Remains,
  underWay: readonly { runId: string }[],
  { dryRun }: Options,
): string {
  const content = {
    schemaVersion: 1,
    dryRun: dryRun ?? false,
    removed: dead.folders,
    containers: dead.inEngine.map(({ runId, names }) => ({ runId, names })),
    images: dead.images,
    underWay,
  };
  return `${JSON.stringify(content)}\n`;
}

function describe(
  dead: Remains,
  underWay: readonly { runId: string }[],
  { dryRun }: Options,
): string {
  const verb = dryRun ? 'would remove' : 'removed';
  const lines = [
    ...dead.inEngine.flatMap(({ runId, names }) =>
      names.map((name) => `${verb} ${name} of run ${runId}`),
    ),
    ...dead.folders.map(({ runId, directory }) => `${verb} ${directory} of run ${runId}`),
    ...dead.images.map((name) => `${verb} image ${name}: a newer one has replaced it`),
    ...underWay.map(({ runId }) => `run ${runId} is under way: left alone`),
  ];
  return `${lines.length === 0 ? 'nothing was left' : lines.join('\n')}\n`;
}
