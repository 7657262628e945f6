import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, usageError } from '../../support/errors.ts';

/** What backups are called; other files of a folder are not ours. */
const SNAPSHOT_NAME = /\.(db|snap|snapshot|etcd)(\.(gz|zst))?$/;

export const STANDARD_INPUT = '-';

/**
 * The files that a path stands for: `-` or a file itself, or the snapshots directly in a folder.
 * @throws DrillError (usage) when it does not exist, or is a folder without snapshots.
 */
export function expandPath(path: string): string[] {
  if (path === STANDARD_INPUT || !isFolder(path)) return [path];
  const names = readdirSync(path).filter((name) => SNAPSHOT_NAME.test(name));
  if (names.length === 0) {
    throw usageError(
      `find snapshots in ${path}`,
      'no file there is called *.db, *.snap, *.snapshot or *.etcd (also with .gz or .zst)',
      'give the file itself',
    );
  }
  return names.sort().map((name) => join(path, name));
}

/**
 * The one file that a path stands for.
 * @throws DrillError (usage) as `expandPath`, and when a folder holds several.
 */
export function singlePath(path: string): string {
  const [file = path, ...others] = expandPath(path);
  if (others.length === 0) return file;
  throw usageError(
    `choose a snapshot in ${path}`,
    `it holds ${others.length + 1} of them`,
    `give one of them: ${file}`,
  );
}

/** Refuses what would block or has no end, before anybody opens it. */
function isFolder(path: string): boolean {
  const attempted = `read ${path}`;
  let status: Stats;
  try {
    status = statSync(path);
  } catch (thrown) {
    const hint = 'give a file, a folder with snapshots, or - for standard input';
    throw usageError(attempted, messageOf(thrown), hint);
  }
  if (status.isFile() || status.isDirectory()) return status.isDirectory();
  throw usageError(
    attempted,
    'it is neither a file nor a folder',
    `read it as a stream: kubedrill verify - < ${path}`,
  );
}
