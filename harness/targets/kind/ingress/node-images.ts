import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { environmentError, messageOf } from '../../../support/errors.ts';
import type { Engine } from '../../container/engine.ts';
import { pull } from '../pull.ts';

/**
 * Writes each image as an archive into the folder, from Docker or from its registry. Nodes have no way to a registry, and
 * one that was rebuilt has lost what it had.
 * @throws DrillError (environment) for an image that cannot be had.
 */
export async function writeNodeImages(
  engine: Engine,
  images: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, image] of images.entries()) {
    const problem = await pull(engine, image, signal);
    if (problem !== undefined)
      throw environmentError(
        `get the image ${image} of the ingress controller`,
        problem,
        `docker pull ${image}, or leave --ingress out: then a small nginx stands in`,
      );
    const file = join(folder, `${index}.tar`);
    try {
      const archive = await engine.getImage(image).get();
      await pipeline(archive, createWriteStream(file), { signal });
    } catch (thrown) {
      throw environmentError(
        `save the image ${image} as ${file}`,
        messageOf(thrown),
        `df ${folder}`,
      );
    }
  }
}
