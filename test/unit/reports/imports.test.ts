import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../harness/support/package-root.ts';

const MAY_SEE = ['reports/', 'harness/model/', 'harness/support/'];
/** Data types alone. */
const MAY_SEE_TYPES = ['harness/objects/', 'harness/snapshot/'];
const LAZY = ['mocha', 'mocha-junit-reporter', 'zod'];

const files = readdirSync(join(packageRoot, 'reports'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => join(packageRoot, 'reports', file));

/** Static imports of a file: what is imported, and whether as a type only. */
function importsOf(file: string): { from: string; typeOnly: boolean }[] {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';/gms)].map(
    ([, type, from]) => ({ from: from ?? '', typeOnly: type !== undefined }),
  );
}

describe('the reports', () => {
  it('are all looked at', () => {
    expect(files.length).toBeGreaterThan(15);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(40);
  });

  it.each(files.map((file) => [relative(packageRoot, file), file]))(
    '%s sees the journal, the model and the support, and nothing that is alive',
    (_name, file) => {
      for (const { from, typeOnly } of importsOf(file)) {
        if (from.startsWith('node:')) continue;
        const seen = relative(packageRoot, resolve(file, '..', from));
        const allowed = typeOnly ? [...MAY_SEE, ...MAY_SEE_TYPES] : MAY_SEE;
        expect(from.startsWith('.'), `${from} is a package: import it when it is needed`).toBe(
          true,
        );
        expect(
          allowed.some((folder) => seen.startsWith(folder)),
          seen,
        ).toBe(true);
      }
    },
  );

  it('load no heavy package before there is something to write', () => {
    const eager = files.flatMap(importsOf).filter(({ from }) => LAZY.includes(from));
    expect(eager).toEqual([]);
  });
});
