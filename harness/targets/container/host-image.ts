import { join } from 'node:path';
import { packageRoot } from '../../support/package-root.ts';
import type { Toolchain } from '../../toolchain/toolchain.ts';
import { ensureImage, type ImageOptions } from './ensure-image.ts';
import { contextOf } from './image-context.ts';

const dockerfileFolder = join(packageRoot, 'ci/images/host');

/**
 * The image of a container host with these tools.
 * @returns its name: `kubedrill-host:4f1c…`.
 * @throws DrillError as `ensureImage` does.
 */
export async function ensureHostImage(
  toolchain: Toolchain,
  options: ImageOptions,
): Promise<string> {
  return ensureImage('host', await contextOf(dockerfileFolder, toolchain), options);
}
