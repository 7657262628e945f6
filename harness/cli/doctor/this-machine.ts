import { readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../exec/run.ts';
import type { EngineSight } from '../../targets/container/engine-sight.ts';
import { namespacesForbidden } from '../../targets/process/world.ts';
import { foreseeProduct } from '../../toolchain/resolve.ts';
import type { Machine } from './probe.ts';

const TIMEOUT_MS = 10_000;
/** Several probes ask for it. */
let engineSeen: Promise<EngineSight> | undefined;

/** The machine that kubedrill runs on. */
export const thisMachine: Machine = {
  platform: process.platform,
  nodeVersion: process.versions.node,
  env: process.env,
  async program(name, args) {
    const { exitCode, problem, stdout, stderr } = await run(name, args, { timeoutMs: TIMEOUT_MS });
    const works = exitCode === 0 && problem === undefined;
    const text = works ? stdout : problem || stderr;
    return { works, line: text.trim().split('\n')[0] ?? '' };
  },
  namespacesForbidden,
  kernelSetting: (path) =>
    readFile(join('/proc/sys', path), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    ),
  async freeBytes(folder) {
    const { bavail, bsize } = (await statfs(folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT' && dirname(folder) !== folder) return undefined;
      throw thrown;
    })) ?? { bavail: 0, bsize: 0 };
    return bsize === 0 ? thisMachine.freeBytes(dirname(folder)) : bavail * bsize;
  },
  async tools() {
    const products = [foreseeProduct('etcd', undefined), foreseeProduct('kubernetes', undefined)];
    return (await Promise.all(products)).flat();
  },
  kindTools: () => foreseeProduct('kind', undefined),
  async engine() {
    // Heavy, and only the doctor's reader waits for it.
    const { examineEngine } = await import('../../targets/container/engine-sight.ts');
    engineSeen ??= examineEngine(process.env);
    return engineSeen;
  },
};
