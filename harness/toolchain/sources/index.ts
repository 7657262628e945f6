import { cache } from './cache.ts';
import { distribution } from './distribution.ts';
import { given } from './given.ts';
import { go } from './go.ts';
import { image } from './image.ts';
import { path } from './path.ts';
import { release } from './release.ts';
import type { Source } from './source.ts';

/** In the order in which they are tried. */
export const sources: readonly Source[] = [given, path, cache, release, image, go, distribution];
