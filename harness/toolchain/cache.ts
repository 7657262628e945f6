import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Wanted } from './matrix.ts';
import { isAlive, ownWord, readOwner } from './owner.ts';

const STAGING = '.making-';

/** `$KUBEDRILL_CACHE`, else `$XDG_CACHE_HOME/kubedrill`, else `~/.cache/kubedrill`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.KUBEDRILL_CACHE) return env.KUBEDRILL_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubedrill');
}

/** The folder of one version: `<cache>/toolchain/etcd-3.6.16`. A tool in it is whole: it came by rename. */
export function versionFolder(cache: string, wanted: Wanted): string {
  return join(cache, 'toolchain', `${wanted.product}-${wanted.version}`);
}

/**
 * A new folder beside the tools, on the same file system, whose name says whose it is.
 * Those of processes that died are removed first: a killed build leaves gigabytes.
 */
export async function makeStaging(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await sweepFolder(folder);
  const staging = join(folder, `${STAGING}${ownWord}.${randomBytes(4).toString('hex')}`);
  await mkdir(staging);
  return staging;
}

/** Removes what killed builds left anywhere in the cache; for `kubedrill clean`. Returns the paths. */
export async function sweepCache(cache: string): Promise<string[]> {
  const toolchain = join(cache, 'toolchain');
  const removed: string[] = [];
  for (const version of await readdir(toolchain).catch(() => [])) {
    removed.push(...(await sweepFolder(join(toolchain, version))));
  }
  return removed;
}

async function sweepFolder(folder: string): Promise<string[]> {
  const abandoned = (await readdir(folder)).filter(
    (name) => name.startsWith(STAGING) && isAbandoned(name),
  );
  const paths = abandoned.map((name) => join(folder, name));
  for (const path of paths) await rm(path, { recursive: true, force: true });
  return paths;
}

function isAbandoned(name: string): boolean {
  const owner = readOwner(name.slice(STAGING.length, name.lastIndexOf('.')));
  return owner === undefined || !isAlive(owner);
}
