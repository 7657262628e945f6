import { resolve } from 'node:path';
import { usageError } from '../../support/errors.ts';
import { examine, isProgram } from './binary.ts';
import type { Finder } from './source.ts';

/** `KUBEDRILL_KUBE_APISERVER` for kube-apiserver. */
export function variableOf(tool: string): string {
  return `KUBEDRILL_${tool.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * A path that the user gives: `--tool etcd=/path`, or a variable. What was typed must be right, so a
 * wrong one is an error; a variable may be there for another family, so it is passed over then.
 */
export const given: Finder = {
  kind: 'finder',
  name: 'given',
  async find(tool, wanted, at) {
    const typed = at.given[tool.name];
    const variable = variableOf(tool.name);
    const word = typed ?? at.env[variable];
    if (!word) return { reason: 'no --tool and no KUBEDRILL_ variable names one' };
    const path = resolve(word);
    const from = typed === undefined ? `${variable}=${word}` : `--tool ${tool.name}=${word}`;
    if (!(await isProgram(path))) {
      throw usageError(`use ${from}`, 'it is no file that can be executed', `ls -l ${path}`);
    }
    const examined = await examine(path, tool, wanted, at);
    if ('reason' in examined && typed !== undefined) {
      throw usageError(
        `use ${from}`,
        examined.reason,
        `give a ${tool.name} ${wanted.family}, or choose its version with --${wanted.product} VERSION`,
      );
    }
    return examined;
  },
};
