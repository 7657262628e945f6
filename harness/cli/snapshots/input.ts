import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, usageError } from '../../support/errors.ts';

/** What backups are called; other files of a folder are not ours. */
const SNAPSHOT_NAME = /\.(db|snap|snapshot|etcd)(\.(gz|zst))?$/;

export const STANDARD_INPUT = '-';

/**
 * The files to look at: `-` and files as they are, folders by the snapshots directly in them.
 * @throws DrillError (usage) when a path does not exist or a folder holds no snapshot.
 */
export function expandPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
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
  });
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
