import { join } from 'node:path';
import { isProgram } from './binary.ts';
import type { Finder } from './source.ts';

/** What an earlier call made. It was examined before it came here, so it is not run again. */
export const cache: Finder = {
  kind: 'finder',
  name: 'cache',
  async find(tool, wanted, at) {
    const path = join(at.folder, tool.name);
    if (await isProgram(path)) return { version: wanted.version, path };
    return { reason: 'not made yet' };
  },
};
