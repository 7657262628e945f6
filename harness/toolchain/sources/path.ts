import { delimiter, isAbsolute, join } from 'node:path';
import { examine, isProgram } from './binary.ts';
import type { Finder } from './source.ts';

/** The program a shell would start. It is taken only when it says that it is of the wanted family. */
export const path: Finder = {
  kind: 'finder',
  name: 'PATH',
  async find(tool, wanted, at) {
    for (const folder of (at.env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
      const candidate = join(folder, tool.name);
      if (await isProgram(candidate)) return examine(candidate, tool, wanted, at);
    }
    return { reason: 'not in PATH' };
  },
};
