import { join } from 'node:path';
import { run } from '../../../harness/exec/run.ts';
import type { RunningHost } from '../../../harness/targets/host.ts';
import { hostFolder } from '../../../harness/targets/process/host-folder.ts';

/** A "host" that is a folder: real shells, no namespaces. */
export function localHost(name: string, folder: string): RunningHost {
  const unsupported = () => Promise.reject(new Error('not needed here'));
  return {
    name,
    address: '127.0.0.1',
    ...hostFolder(folder, ''),
    state: 'running',
    shell: (script, options) => {
      const [shell = 'bash', ...flags] = (options.shell ?? 'bash -euo pipefail').split(' ');
      return run(shell, [...flags, '-c', script], {
        timeoutMs: options.timeoutMs,
        bareEnvironment: true,
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: join(folder), ...options.env },
        signal: options.signal,
      });
    },
    powerOff: unsupported,
    freeze: unsupported,
  };
}
