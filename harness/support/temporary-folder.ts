import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for what must not outlive the process: copies of backups hold Secrets. */
export interface TemporaryFolder extends AsyncDisposable {
  path: string;
  remove(): Promise<void>;
}

/** Makes a folder that is removed by `await using`, by `remove`, or when the process exits. */
export async function temporaryFolder(parent: string, name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, `kubedrill-${name}-`));
  const atExit = () => rmSync(path, { recursive: true, force: true });
  process.on('exit', atExit);
  const remove = async () => {
    await rm(path, { recursive: true, force: true });
    process.off('exit', atExit);
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}
