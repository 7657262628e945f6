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
  // A reader that has seen enough (`kubedrill list | head -1`) is no error, and no reason to leave a drill half-way.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
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
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    const { endWith } = await import('./exit.ts');
    return endWith(thrown, (text) => process.stderr.write(text));
  }
}
