import { join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { type DrillError, usageError } from '../support/errors.ts';
import type { Matrix, Wanted } from './matrix.ts';

/** Major and minor of a version: `3.6` of `3.6.16`. */
export function familyOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * What the user's word for a version stands for.
 * @param asked `3.6.16`, `v3.6.16` or `3.6`; undefined is the default.
 * @throws DrillError (usage) that names the known versions.
 */
export function chooseVersion(matrix: Matrix, product: string, asked: string | undefined): Wanted {
  const known = matrix.products[product];
  if (known === undefined) throw unknown('program', product, Object.keys(matrix.products));
  const word = (asked ?? known.default).replace(/^v/, '');
  const entry = known.families.find((each) => each.family === word || each.version === word);
  if (entry !== undefined) {
    const { family, version, lock, releaseSha256 } = entry;
    const lockFolder = join(matrix.folder, lock);
    const exactly = word === version;
    return { product, recipe: known, family, version, exactly, releaseSha256, lockFolder };
  }
  throw unknown(
    `version of ${product}`,
    asked ?? '',
    known.families.flatMap((each) => [each.family, each.version]),
  );
}

/** A usage error for a word that is none of `known`, with the likeliest one that was meant. */
export function unknown(what: string, word: string, known: readonly string[]): DrillError {
  return usageError(
    `find the ${what} "${word}"`,
    `known: ${known.join(', ')}`,
    known.length === 0 ? undefined : `did you mean ${closest(word, known)}?`,
  );
}

/** The version in what a program printed for `--version`; undefined when there is none. */
export function versionIn(output: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1];
}
