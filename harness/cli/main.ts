import { programFor } from './program.ts';

const SHORT_HELP = `kubedrill rehearses disasters on throw-away etcd and Kubernetes clusters and proves what came back.
Usage: kubedrill COMMAND [options]      kubedrill --help lists the commands
Start: kubedrill doctor                 what this machine can run
       kubedrill list                   the disasters it knows
Example: kubedrill run quorum-loss
`;

/**
 * Runs one command line.
 * @param argv without node and the script.
 * @returns the exit code; the caller sets it, so that standard output drains.
 */
export async function main(argv: string[]): Promise<number> {
  process.on('uncaughtException', (thrown) => {
    void fail(thrown).then((exitCode) => process.exit(exitCode));
  });
  const output = watchOutput();
  if (argv.includes('--no-color')) {
    process.env.NO_COLOR = '1';
    delete process.env.FORCE_COLOR;
  }
  if (argv.length === 0) {
    process.stderr.write(SHORT_HELP);
    return 2;
  }
  try {
    const program = await programFor(argv);
    await program.parseAsync(argv, { from: 'user' });
    await output.drained();
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    return fail(thrown);
  }
}

async function fail(thrown: unknown): Promise<number> {
  const { endWith } = await import('./exit.ts');
  return endWith(thrown, (text) => process.stderr.write(text));
}

/** A reader that has seen enough (`kubedrill list | head -1`) is no error, and no reason to leave a drill half-way. */
function watchOutput(): { drained(): Promise<void> } {
  let problem: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') problem ??= error;
  });
  return {
    async drained() {
      await new Promise((resolve) => process.stdout.write('', resolve));
      if (problem === undefined) return;
      const { environmentError } = await import('../support/errors.ts');
      throw environmentError('write the result to standard output', problem.message, 'df -h');
    },
  };
}
