import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Runbook } from '../model/runbook.ts';
import { DrillError, messageOf, usageError } from '../support/errors.ts';
import { packageRoot } from '../support/package-root.ts';
import { type Parsed, parseRunbook } from './parse.ts';
import { describeProblem, didYouMean, type Problem } from './problem.ts';

const SHIPPED = join(packageRoot, 'scenarios', 'runbooks');

/** Names of the runbooks that come with kubedrill, sorted: `as-written/etcd-members`. */
export function shippedRunbooks(): string[] {
  return readdirSync(SHIPPED, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.endsWith('README.md'))
    .map((file) => file.slice(0, -'.md'.length).split(sep).join('/'))
    .sort();
}

/** What a user's word stands for. */
export interface FoundRunbook {
  name: string;
  file: string;
}

/**
 * A shipped runbook by its name, else a file by its path.
 * @param relativeTo folder of the scenario, or where the user is.
 * @throws DrillError (usage) that names the likeliest runbook that was meant.
 */
export function findRunbook(nameOrPath: string, relativeTo: string): FoundRunbook {
  const shipped = shippedRunbooks();
  if (shipped.includes(nameOrPath))
    return { name: nameOrPath, file: join(SHIPPED, `${nameOrPath}.md`) };
  const file = resolve(relativeTo, nameOrPath);
  if (isFile(file)) {
    const inside = relative(SHIPPED, file).split(sep).join('/').replace(/\.md$/, '');
    return { name: shipped.includes(inside) ? inside : nameOrPath, file };
  }
  throw usageError(
    `find the runbook "${nameOrPath}"`,
    `no shipped runbook has this name, and there is no file ${file}` +
      didYouMean(nameOrPath, shipped),
    `shipped runbooks: ${shipped.join(', ')}`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Reads one runbook and says everything that is wrong with it.
 * @throws DrillError (usage) when it cannot be found or read.
 */
export function checkRunbook(nameOrPath: string, relativeTo: string): FoundRunbook & Parsed {
  const found = findRunbook(nameOrPath, relativeTo);
  return { ...found, ...parseRunbook(found.name, found.file, textOf(found.file)) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usageError(`read the runbook ${file}`, messageOf(thrown));
  }
}

/**
 * A runbook that can be run, with the warnings about it.
 * @throws DrillError (usage) with every error as file:line:column.
 */
export function loadRunbook(
  nameOrPath: string,
  relativeTo: string,
): { runbook: Runbook; warnings: Problem[] } {
  const { file, runbook, problems } = checkRunbook(nameOrPath, relativeTo);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (runbook === undefined)
    throw new DrillError({
      kind: 'usage',
      attempted: `read the runbook ${nameOrPath}`,
      happened: errors.length === 1 ? 'it has an error' : `it has ${errors.length} errors`,
      output: errors.map((problem) => describeProblem(file, problem)).join('\n'),
      hint: `kubedrill runbook check ${nameOrPath}`,
    });
  return { runbook, warnings: problems };
}
