import { join } from 'node:path';
import { examine, isProgram } from './binary.ts';
import type { Finder } from './source.ts';

const FOLDERS = ['/usr/bin', '/usr/sbin'];

/** The distribution's package, where it is installed but not in PATH. Nothing is ever installed. */
export const distribution: Finder = {
  kind: 'finder',
  name: 'distribution',
  async find(tool, wanted, at) {
    for (const folder of FOLDERS) {
      const candidate = join(folder, tool.name);
      if (await isProgram(candidate)) return examine(candidate, tool, wanted, at);
    }
    const name = tool.distributionPackage;
    return {
      reason:
        name === undefined
          ? `distributions have no package with ${tool.name}`
          : `the package ${name} is not installed, and most have an older version`,
    };
  },
};
