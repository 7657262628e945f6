import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../exec/run.ts';
import type { Host } from '../host.ts';

/**
 * What can be done with a host whose files are a folder of this machine, in whatever state it is.
 * @param root what a script finds as `$ROOT`: nothing where the host's own paths lead into the folder.
 */
export function hostFolder(files: string, root = files): Pick<Host, 'onDisk' | 'collectLogs'> {
  return {
    onDisk: (script, { timeoutMs, env }) =>
      run('bash', ['-euo', 'pipefail', '-c', script], { timeoutMs, env: { ...env, ROOT: root } }),
    collectLogs: async (to) => {
      const from = join(files, 'var/log');
      const logs = (await readdir(from).catch(() => [])).filter((file) => file.endsWith('.log'));
      if (logs.length === 0) return;
      await mkdir(to, { recursive: true });
      for (const log of logs) await cp(join(from, log), join(to, log));
    },
  };
}
