import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Matrix } from '../../../harness/toolchain/matrix.ts';

/** A temporary world with its own PATH, cache and matrix: one product `lamp` with two tools. */
export interface Workshop {
  root: string;
  env: NodeJS.ProcessEnv;
  matrix: Matrix;
  /** Puts a shell script into the PATH. */
  script(name: string, body: string): Promise<string>;
  /** All that the cache holds, as paths from its version folders on. */
  cached(): Promise<string[]>;
  /** What scripts appended to `$RECORD`, line by line. */
  recorded(): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), 'kubedrill-toolchain-'));
  const bin = join(root, 'bin');
  const record = join(root, 'record');
  await mkdir(bin);
  await mkdir(join(root, 'locks', 'lamp-1.2'), { recursive: true });
  await writeFile(join(root, 'locks', 'lamp-1.2', 'go.mod'), 'module lamp\n\ngo 1.25.0\n');
  await writeFile(record, '');
  return {
    root,
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      KUBEDRILL_CACHE: join(root, 'cache'),
      RECORD: record,
      DOCKER_HOST: `unix://${join(root, 'no-docker.sock')}`, // Whether or not this machine has one.
    },
    matrix: lampMatrix(join(root, 'locks')),
    script: async (name, body) => {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\n${body}\n`);
      await chmod(path, 0o755);
      return path;
    },
    cached: async () => {
      const folder = join(root, 'cache', 'toolchain');
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      return names.sort();
    },
    recorded: async () => (await readFile(record, 'utf8')).split('\n').filter(Boolean),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

function lampMatrix(folder: string): Matrix {
  const tool = (name: string) => ({
    name,
    package: `example.org/${name}`,
    version: ['--version'],
    pathInImage: `/bin/${name}`,
    coldBuildSeconds: 1,
  });
  return {
    schemaVersion: 1,
    folder,
    tests: { lamp: ['1.2'] },
    products: {
      lamp: {
        default: '1.2',
        tools: [tool('lamp'), tool('lampctl')],
        release: {
          url: 'http://127.0.0.1:1/lamp-{version}.tar.gz',
          memberOfArchive: 'lamp-{version}/{tool}',
        },
        image: 'example.org/lamp:v{version}',
        go: { linkerFlags: '-s' },
        families: [
          { family: '1.2', version: '1.2.3', lock: 'lamp-1.2', releaseSha256: {} },
          { family: '1.3', version: '1.3.0', lock: 'lamp-1.2', releaseSha256: {} },
        ],
      },
    },
  };
}

/** A program that tells a version, as the text of a script. */
export function programOf(version: string): string {
  return `echo "lamp version: ${version}"`;
}

/**
 * A `go` that answers `go env GOVERSION` and, for `go build … -o FILE PACKAGE`, does `body`
 * with the file in `$file` and the package in `$package`.
 */
export function goThat(body: string, version = 'go1.26.0'): string {
  return `
[ "$1" = env ] && { echo ${version}; exit 0; }
echo "build $$" >> "$RECORD"
while [ $# -gt 0 ]; do [ "$1" = -o ] && file=$2; package=$1; shift; done
${body}`;
}

export const BUILDS_WELL = `printf '#!/bin/sh\\necho lamp version: 1.2.3\\n' > "$file"`;
