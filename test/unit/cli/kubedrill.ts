import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

// Each call starts a process of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** What a user sees of one command line. */
export interface Seen {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export const entry = join(packageRoot, 'harness/cli/bin.mjs');

/** Runs kubedrill as a user does. */
export async function kubedrill(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<Seen> {
  const { exitCode, stdout, stderr } = await run(process.execPath, [entry, ...args], {
    timeoutMs: 60_000,
    env: { NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  });
  return { exitCode, stdout, stderr };
}
