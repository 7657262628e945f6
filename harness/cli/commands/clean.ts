import { rm } from 'node:fs/promises';
import { Command } from 'commander';

interface Options {
  dryRun?: true;
  json?: true;
}

/** `kubedrill clean`: removes what runs left that never came to their own end. */
export function cleanCommand(): Command {
  return new Command('clean')
    .description(
      'Removes what killed runs left: their folders with host files and data directories. A run that is under way is left alone.',
    )
    .argument('[run...]', 'only these run ids')
    .option('--dry-run', 'say what would be removed')
    .option('--json', 'one document on standard output')
    .action(clean);
}

async function clean(runIds: string[], options: Options): Promise<void> {
  const { forgetRun, isRunning, registeredRuns } = await import('../../runner/run-registry.ts');
  const { usageError } = await import('../../support/errors.ts');
  const runs = await registeredRuns();
  const unknown = runIds.find((id) => !runs.some((run) => run.runId === id));
  if (unknown !== undefined) {
    throw usageError(
      `clean run ${unknown}`,
      'no run of that id left anything',
      'kubedrill clean --dry-run',
    );
  }
  const wanted = runs.filter((run) => runIds.length === 0 || runIds.includes(run.runId));
  const removed = wanted.filter((run) => !isRunning(run));
  const underWay = wanted.filter(isRunning);
  if (!options.dryRun) {
    for (const { runId, directory } of removed) {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
      await forgetRun(runId);
    }
  }
  if (options.json) {
    const document = { schemaVersion: 1, dryRun: options.dryRun ?? false, removed, underWay };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const verb = options.dryRun ? 'would remove' : 'removed';
  for (const { runId, directory } of removed)
    process.stdout.write(`${verb} ${directory} of run ${runId}\n`);
  for (const { runId } of underWay) process.stdout.write(`run ${runId} is under way: left alone\n`);
  if (wanted.length === 0) process.stdout.write('nothing was left\n');
}
