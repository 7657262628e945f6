import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentError } from '../../support/errors.ts';
import type { RunningHost } from '../host.ts';

const TIMEOUT_MS = 10_000;
const MARK = '.kubedrill-shared';

/**
 * An engine that runs elsewhere mounts a folder of the same name there, and says nothing.
 * @param folder of this machine, which the host has at `inside`.
 * @throws DrillError (environment) when the host sees another one.
 */
export async function requireShared(
  folder: string,
  inside: string,
  host: RunningHost,
): Promise<void> {
  const mark = join(folder, MARK);
  await writeFile(mark, '');
  try {
    const seen = await host.shell(`test -e ${inside}/${MARK}`, { timeoutMs: TIMEOUT_MS });
    if (seen.exitCode === 0) return;
  } finally {
    await rm(mark, { force: true });
  }
  throw environmentError(
    `share ${folder} with the hosts of the drill`,
    'the engine has given them another folder of that name',
    'put the run into a folder that the engine shares with this machine: kubedrill run … --out FOLDER',
  );
}
