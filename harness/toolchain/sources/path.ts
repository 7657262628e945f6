import { delimiter, isAbsolute, join } from 'node:path';
import { examine, isProgram } from './binary.ts';
import type { Finder } from './source.ts';

/** The program a shell would start. It is taken only when it says that it is of the wanted family. */
export const path: Finder = {
  kind: 'finder',
  name: 'PATH',
  async find(tool, wanted, at) {
    const candidate = await findInPath(tool.name, at.env);
    return candidate === undefined
      ? { reason: 'not in PATH' }
      : examine(candidate, tool, wanted, at);
  },
};

export async function findInPath(
  program: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, program);
    if (await isProgram(candidate)) return candidate;
  }
  return undefined;
}
