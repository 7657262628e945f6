import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finished } from '../../../../harness/exec/run.ts';
import type { PoweredOffHost, RunningHost } from '../../../../harness/targets/host.ts';
import { makeLocalHost } from '../../../../harness/targets/process/local-host.ts';

/** A host of the kind that needs no namespaces, with units of short programs. */
export interface FolderHost {
  off: PoweredOffHost;
  on: RunningHost;
  /** Its root, as this machine sees it. */
  files: string;
  /** Runs a script there and gives how it ended. */
  sh(script: string): Promise<Finished>;
  /** What a unit has written to its log. */
  log(unit: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param units command by name. */
export async function folderHost(units: Record<string, string> = {}): Promise<FolderHost> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedrill-host-'));
  const unit = (command: string) => ({
    content: `[Service]\nEnvironmentFile=${folder}/files/etc/unit.env\nExecStart=${command}\nTimeoutStopSec=1\n`,
    mode: 0o644,
  });
  const off = await makeLocalHost({
    name: 'etcd-1',
    folder,
    toolsDir: join(folder, 'tools'),
    bootTimeoutMs: 10_000,
    files: new Map([
      ['/etc/unit.env', { content: 'GREETING="good morning"\n', mode: 0o644 }],
      ...Object.entries(units).map(
        ([name, command]) => [`/etc/systemd/system/${name}.service`, unit(command)] as const,
      ),
    ]),
  });
  const on = await off.powerOn();
  return {
    off,
    on,
    files: join(folder, 'files'),
    sh: (script) => on.shell(script, { timeoutMs: 20_000 }),
    log: (name) => readFile(join(folder, 'files/var/log', `${name}.log`), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await on.powerOff();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
