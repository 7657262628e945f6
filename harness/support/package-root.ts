import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of kubedrill's package.json, from the sources and from a built dist alike. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'kubedrill')
    return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json of kubedrill not found above its own sources');
  return findRoot(parent);
}
