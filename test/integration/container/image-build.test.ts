import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { describe, expect, onTestFinished, test } from 'vitest';
import { done, notYet, until } from '../../../harness/support/until.ts';
import { buildImage } from '../../../harness/targets/container/build-image.ts';
import { connectEngine, type Engine } from '../../../harness/targets/container/engine.ts';
import { ensureImage } from '../../../harness/targets/container/ensure-image.ts';
import { imageContext } from '../../../harness/targets/container/image-context.ts';
import { IMAGE_LABEL } from '../../../harness/targets/container/labels.ts';
import type { ToolchainProgress } from '../../../harness/toolchain/progress.ts';
import { type Workplace, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { ownDockerd, whyNoOwnDockerd } from './own-dockerd.ts';

await requireTarget('container');

const TIMEOUT_MS = 120_000;

/** The context of an image of its own kind, so that nothing of other images is touched. */
async function contextWith(place: Workplace, ...instructions: string[]) {
  const kind = `test-${process.pid}`;
  const folder = join(place.directory, 'image');
  mkdirSync(folder, { recursive: true });
  const lines = ['FROM debian:12-slim', `LABEL ${IMAGE_LABEL}=${kind}`, ...instructions, ''];
  writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
  const engine = await connectEngine();
  onTestFinished(async () => {
    for (const { Id } of await imagesOf(engine, kind)) await engine.getImage(Id).remove();
  });
  return {
    kind,
    engine,
    folder,
    context: await imageContext(folder, []),
    env: { ...process.env, KUBEDRILL_CACHE: join(place.directory, 'cache') },
    staging: join(place.directory, 'cache/toolchain', `kubedrill-${kind}`),
  };
}

/** Also those without a name. */
function imagesOf(engine: Engine, kind: string) {
  return engine.listImages({ filters: { label: [`${IMAGE_LABEL}=${kind}`] } });
}

/** Containers in which a step of the build runs, or ran. */
async function stepsOf(engine: Engine, kind: string) {
  const all = await engine.listContainers({ all: true });
  return all.filter(({ Labels }) => Labels[IMAGE_LABEL] === kind);
}

describe('an image of ours', () => {
  test(
    'is built once by two who want it at the same time, and shows its steps',
    async () => {
      await using place = await workplace();
      const { kind, context, env } = await contextWith(place, 'RUN echo made-by-step > /made');
      const seen: ToolchainProgress[] = [];
      const options = {
        env,
        onProgress: (progress: ToolchainProgress) => void seen.push(progress),
      };
      const names = await Promise.all([
        ensureImage(kind, context, options),
        ensureImage(kind, context, options),
      ]);
      const name = `kubedrill-${kind}:${context.hash}`;
      expect(names).toEqual([name, name]);
      const builds = seen.filter(({ step, state }) => step === `build ${name}` && state === 'done');
      expect(builds).toHaveLength(1);
      seen.length = 0;
      await ensureImage(kind, context, options);
      expect(seen).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'that cannot be built says why, and leaves nothing',
    async () => {
      await using place = await workplace();
      const made = await contextWith(place, 'RUN touch /half', 'RUN echo no mirror here; exit 7');
      const { kind, context, env, engine, staging } = made;
      await expect(ensureImage(kind, context, { env, onProgress: () => {} })).rejects.toMatchObject(
        {
          kind: 'environment',
          happened: expect.stringContaining('returned a non-zero code: 7'),
          output: expect.stringContaining('no mirror here'),
          hint: expect.stringContaining('mirror'),
        },
      );
      expect(await imagesOf(engine, kind)).toEqual([]);
      expect(await stepsOf(engine, kind)).toEqual([]);
      expect(readdirSync(staging)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'whose build is stopped leaves nothing',
    async () => {
      await using place = await workplace();
      const { kind, context, env, engine, staging } = await contextWith(
        place,
        'RUN touch /half',
        'RUN echo waiting; sleep 100',
      );
      const stop = new AbortController();
      const onProgress = ({ detail }: ToolchainProgress) => {
        if (detail === 'waiting') stop.abort();
      };
      const building = ensureImage(kind, context, { env, onProgress, signal: stop.signal });
      await expect(building).rejects.toMatchObject({ kind: 'interrupted' });
      await until(
        'its step has ended',
        async () => ((await stepsOf(engine, kind)).length === 0 ? done(true) : notYet('it runs')),
        { timeoutMs: 20_000 },
      );
      expect(await imagesOf(engine, kind)).toEqual([]);
      expect(existsSync(staging) ? readdirSync(staging) : []).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test.skipIf(whyNoOwnDockerd() !== undefined)(
  'a disk that is full is named, with how to see what fills it',
  async () => {
    await using place = await workplace();
    const { kind, folder } = await contextWith(place, 'COPY large /large');
    writeFileSync(join(folder, 'large'), '');
    truncateSync(join(folder, 'large'), 700 * 1024 ** 2);
    await using daemon = await ownDockerd(600 * 1024 ** 2);
    daemon.take('debian:12-slim');
    const engine = new Dockerode({ socketPath: daemon.address.replace('unix://', '') });
    const options = { signal: undefined, env: {}, say: () => {} };
    const image = { name: `kubedrill-${kind}:full`, kind };
    await expect(buildImage(engine, folder, image, options)).rejects.toMatchObject({
      kind: 'environment',
      happened: expect.stringContaining('no space left on device'),
      hint: expect.stringContaining('docker system df'),
    });
    expect(await imagesOf(engine, kind)).toEqual([]);
  },
  TIMEOUT_MS,
);
