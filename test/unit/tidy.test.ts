import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../harness/support/package-root.ts';

/** Folders of sources and what each may import besides itself; `types` where only data types are meant. */
const MAY_IMPORT: Record<string, { code: string[]; types?: string[] }> = {
  model: { code: [] },
  support: { code: ['model'] },
  exec: { code: ['model', 'support'] },
  objects: { code: ['model', 'support'] },
  snapshot: { code: ['model', 'support', 'objects'] },
  toolchain: { code: ['model', 'support', 'exec'] },
  etcd: { code: ['model', 'support', 'exec', 'objects'] },
  kube: { code: ['model', 'support', 'exec', 'objects'] },
  dns: { code: ['model', 'support'] },
  targets: { code: ['model', 'support', 'exec', 'toolchain', 'etcd', 'kube', 'dns'] },
  populate: { code: belowRunner() },
  faults: { code: belowRunner() },
  chaos: { code: belowRunner() },
  runbook: { code: belowRunner() },
  probes: { code: belowRunner() },
  checks: { code: ['model', 'support'], types: ['objects', 'snapshot'] },
  reports: { code: ['model', 'support'], types: ['objects', 'snapshot'] },
  runner: { code: [...belowRunner(), ...besideRunner()] },
  diagnose: { code: [...belowRunner(), 'probes', 'checks'] },
  cli: { code: [...belowRunner(), ...besideRunner(), 'runner', 'diagnose'] },
};

function belowRunner(): string[] {
  return ['model', 'support', 'exec', 'objects', 'toolchain', 'etcd', 'kube', 'dns', 'targets'];
}

function besideRunner(): string[] {
  return ['snapshot', 'populate', 'faults', 'chaos', 'runbook', 'probes', 'checks', 'reports'];
}

/** What makes a run depend on the machine or the moment, and where it is allowed all the same. */
const BANNED: { what: string; pattern: RegExp; allowedIn: RegExp }[] = [
  { what: 'Date.now()', pattern: /\bDate\.now\b/, allowedIn: /^harness\/support\/clock\.ts$/ },
  { what: 'new Date()', pattern: /\bnew Date\(\)/, allowedIn: /^harness\/support\/clock\.ts$/ },
  {
    what: 'Math.random()',
    pattern: /\bMath\.random\b/,
    allowedIn: /^harness\/support\/random\.ts$/,
  },
  {
    what: 'a timer of its own',
    pattern: /(?<![.\w])set(Timeout|Interval|Immediate)\(/,
    allowedIn: /^harness\/support\/clock\.ts$/,
  },
  {
    what: 'process.exit()',
    pattern: /\bprocess\.exit\(/,
    allowedIn: /^harness\/(cli\/|runner\/signals\.ts$)/,
  },
];

const LINES_MAX = 400;
const EMPTY_NAMES = /^(utils?|helpers?|managers?|common|misc)$/;

interface Source {
  /** Path from the root of the repository. */
  path: string;
  text: string;
  imports: Import[];
}

interface Import {
  /** Path from the root of the repository, or a package's name. */
  target: string;
  typeOnly: boolean;
  /** Loaded with the file itself, not when a line of it runs. */
  static: boolean;
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: packageRoot,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((path) => existsSync(join(packageRoot, path)));

const sources: Source[] = tracked
  .filter((path) => /^(harness|reports|test)\/.*\.m?ts$|\.mjs$/.test(path))
  .filter((path) => !path.includes('/fixtures/'))
  .map((path) => {
    const text = readFileSync(join(packageRoot, path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
const byPath = new Map(sources.map((source) => [source.path, source]));
const product = sources.filter(({ path }) => /^(harness|reports)\//.test(path));

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string | undefined, typeOnly: boolean, isStatic: boolean) => {
    if (specifier === undefined) return;
    const target = specifier.startsWith('.') ? join(dirname(path), specifier) : specifier;
    found.push({ target, typeOnly, static: isStatic });
  };
  for (const [, type, , , from] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:((?:[\w*\s{},$]|\/\*.*?\*\/)+?)\s+from\s+)(['"])([^'"]+)\3/gm,
  ))
    add(from, type !== undefined, true);
  for (const [, specifier] of text.matchAll(/^import\s+['"]([^'"]+)['"]/gm))
    add(specifier, false, true);
  // import('./x.ts'), new URL('./x.js', import.meta.url), a worker's file
  for (const [, specifier] of text.matchAll(
    /(?:\(|[:?]\s)\s*['"](\.{1,2}\/[^'"]+\.(?:m?ts|m?js))['"]/g,
  ))
    add(specifier, false, false);
  return found;
}

/** `harness/checks/alarms.ts` → `checks`; undefined for what is no folder of ours. */
function folderOf(path: string): string | undefined {
  if (path.startsWith('reports/')) return 'reports';
  return /^harness\/([^/]+)\//.exec(path)?.[1];
}

/** Without comments and string contents, so that only code is judged. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

function reachableFrom(entries: readonly string[], follow: (each: Import) => boolean): Set<string> {
  const reached = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...(byPath.get(path)?.imports ?? []).filter(follow).map(({ target }) => target));
  }
  return reached;
}

describe('the scan', () => {
  it('sees every way to import', () => {
    const text = [
      "import { a, type B } from './a.ts';",
      "import type { C } from '../model/c.ts';",
      "import {\n  d,\n  e as f,\n} from 'zod';",
      "import 'reflect-metadata';",
      "export * from './g.ts';",
      "const h = await import(\n  './h.ts'\n);",
      "const i = new Worker(new URL('./i.ts', import.meta.url));",
    ].join('\n');
    expect(
      importsOf('harness/cli/x.ts', text).map(({ target, typeOnly, static: isStatic }) =>
        [target, ...(typeOnly ? ['type'] : []), ...(isStatic ? [] : ['later'])].join(' '),
      ),
    ).toEqual([
      'harness/cli/a.ts',
      'harness/model/c.ts type',
      'zod',
      'harness/cli/g.ts',
      'reflect-metadata',
      'harness/cli/h.ts later',
      'harness/cli/i.ts later',
    ]);
  });

  it('sees calls in code, not in comments and sentences', () => {
    const [now] = BANNED;
    expect(now?.pattern.test(codeOf('const at = Date.now();'))).toBe(true);
    expect(
      now?.pattern.test(codeOf("// Date.now()\nsay('Date.now() lies'); /* Date.now() */")),
    ).toBe(false);
  });
});

describe('the source tree', () => {
  it('was really looked at', () => {
    expect(product.length).toBeGreaterThan(50);
    expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  });

  it('imports one way only', () => {
    const wrong = product.flatMap(({ path, imports }) => {
      const from = folderOf(path) ?? '';
      const allowed = MAY_IMPORT[from];
      if (allowed === undefined) return [`${path}: ${from} is no folder with import rules`];
      return imports
        .filter(({ target, typeOnly }) => {
          const to = folderOf(target);
          if (to === undefined || to === from || allowed.code.includes(to)) return false;
          return !(typeOnly && allowed.types?.includes(to));
        })
        .map(({ target }) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no file that nothing leads to', () => {
    const reached = reachableFrom(['harness/cli/bin.mjs'], () => true);
    const dead = product.filter(({ path }) => !reached.has(path) && !path.endsWith('.d.ts'));
    expect(dead.map(({ path }) => path)).toEqual([]);
  });

  it('prints its help without loading more than commander', () => {
    const loaded = reachableFrom(
      ['harness/cli/main.ts'],
      ({ typeOnly, static: isStatic }) => isStatic && !typeOnly,
    );
    const packages = [...loaded].filter((path) => !/^(harness\/|node:)/.test(path));
    expect(packages).toEqual(['commander']);
  });

  it(`has no file longer than ${LINES_MAX} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > LINES_MAX);
    expect(long).toEqual([]);
  });

  it('has no file or folder whose name says nothing', () => {
    const words = (path: string) => path.split('/').flatMap((part) => basename(part).split(/[.-]/));
    expect(
      sources
        .map(({ path }) => path)
        .filter((path) => words(path).some((word) => EMPTY_NAMES.test(word))),
    ).toEqual([]);
  });

  it.each(BANNED)('keeps $what where it belongs', ({ pattern, allowedIn }) => {
    const wrong = product
      .filter(({ path, text }) => !allowedIn.test(path) && pattern.test(codeOf(text)))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });
});

describe('what is published', () => {
  const texts = tracked
    .filter((path) => !path.includes('/fixtures/'))
    .map((path) => ({ path, text: readFileSync(join(packageRoot, path), 'utf8') }));

  it('does not say where it was written', () => {
    const named = (text: string) =>
      text
        .split(packageRoot)
        .slice(1)
        .some((rest) => !/^[\w-]/.test(rest));
    expect(texts.filter(({ text }) => named(text)).map(({ path }) => path)).toEqual([]);
  });

  it('names no package registry of its own', () => {
    const lock = readFileSync(join(packageRoot, 'package-lock.json'), 'utf8');
    const hosts = [...lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map(([, host]) => host);
    expect(hosts.filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
    const own = texts.filter(({ path }) => /(^|\/)\.(npmrc|yarnrc)/.test(path));
    expect(own.filter(({ text }) => /registry\s*=/.test(text))).toEqual([]);
  });

  it('links only to files that are there', () => {
    const dead = texts
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
          .map(([, target]) => relative('', join(dirname(path), target ?? '')))
          .filter((target) => !existsSync(join(packageRoot, target)))
          .map((target) => `${path} → ${target}`),
      );
    expect(dead).toEqual([]);
  });

  it('has a map that is true to the tree', () => {
    const map = readFileSync(join(packageRoot, 'ARCHITECTURE.md'), 'utf8');
    const named = [...map.matchAll(/`([\w.-]+(?:\/[\w.-]*)+)`/g)].map(([, path]) => path ?? '');
    const ours = named.filter((path) => /^(harness|reports|scenarios|test|ci)\//.test(path));
    expect(ours.filter((path) => !existsSync(join(packageRoot, path)))).toEqual([]);
    const folders = readdirSync(join(packageRoot, 'harness')).map((name) => `harness/${name}/`);
    expect(folders.filter((folder) => !ours.includes(folder))).toEqual([]);
  });
});
