import { messageOf } from '../../support/errors.ts';
import { hasImage } from '../container/base-image.ts';
import { follow } from '../container/build-image.ts';
import type { Engine } from '../container/engine.ts';

/** Sees to it that Docker has the image, from its registry if it must. @returns why it cannot, if so. */
export async function pull(
  engine: Engine,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (await hasImage(engine, name)) return undefined;
  try {
    const stream = await engine.pull(name, signal === undefined ? {} : { abortSignal: signal });
    await follow(engine, stream, () => {});
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
