import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runOrThrow } from '../../exec/run.ts';
import { DrillError, messageOf } from '../../support/errors.ts';
import { done, notYet, until } from '../../support/until.ts';
import type { Engine } from './engine.ts';
import { HOLDS_LABEL, IMAGE_LABEL } from './labels.ts';

/** One message of the engine while it builds or pulls (Docker Engine API, `POST /build`). */
const eventSchema = z.looseObject({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
});

const LOG_LINES_MAX = 20;
const PACK_TIMEOUT_MS = 5 * 60_000;
const CONTEXT = '.context.tar';
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'no_proxy'];
/** A step runs in a container of a layer, which has only a digest. */
const UNNAMED = /^(sha256:)?[0-9a-f]{12,}$/;
const END_TIMEOUT_MS = 15_000;
const DISK_FULL = /no space left on device/i;

export interface BuildOptions {
  signal: AbortSignal | undefined;
  env: NodeJS.ProcessEnv;
  /** Called with what the engine is at. */
  say(line: string): void;
}

/**
 * `docker build` of a folder that is a whole context. Its Dockerfile's first instruction is
 * `LABEL io.kubedrill.image=KIND`, by which the layers of a build that failed are found and removed.
 * @throws DrillError (environment) with the last lines of the build; (interrupted) when `signal` aborts.
 */
export async function buildImage(
  engine: Engine,
  folder: string,
  image: { name: string; kind: string; holds?: string | undefined },
  options: BuildOptions,
): Promise<void> {
  const log: string[] = [];
  const say = (line: string) => {
    log.push(line);
    options.say(line);
  };
  try {
    const context = createReadStream(await packed(folder, options));
    const stream = await engine.buildImage(context, {
      t: image.name,
      forcerm: true,
      buildargs: proxiesOf(options.env),
      ...(image.holds !== undefined && { labels: { [HOLDS_LABEL]: image.holds } }),
      ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
    });
    await follow(engine, stream, say);
  } catch (thrown) {
    await removeUnfinished(engine, image.kind);
    const attempted = `build the image ${image.name}`;
    if (options.signal?.aborted)
      throw new DrillError({ kind: 'interrupted', attempted, happened: 'stopped', cause: thrown });
    const last = log.slice(-LOG_LINES_MAX);
    throw new DrillError({
      kind: 'environment',
      attempted,
      happened: messageOf(thrown),
      output: last.join('\n'),
      hint: hintFor([messageOf(thrown), ...last]),
      cause: thrown,
    });
  }
}

/** Uncompressed: dockerode's own packing spends a minute of processor time on programs that stay on this machine. */
async function packed(folder: string, { signal }: BuildOptions): Promise<string> {
  const file = join(folder, CONTEXT);
  const args = ['--create', '--file', file, '--directory', folder, `--exclude=./${CONTEXT}`, '.'];
  await runOrThrow('pack the context of an image', 'tar', args, {
    kind: 'environment',
    timeoutMs: PACK_TIMEOUT_MS,
    signal,
  });
  return file;
}

/** Reads what the engine tells of a build or a pull to its end. @throws Error with what it says went wrong. */
export function follow(
  engine: Engine,
  stream: NodeJS.ReadableStream,
  say: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: string | undefined;
    const onEvent = (event: unknown) => {
      const seen = eventSchema.parse(event);
      failure ??= seen.error;
      const text = seen.stream ?? [seen.id, seen.status].filter(Boolean).join(' ');
      for (const line of text.split('\n')) if (line.trim() !== '') say(line.trimEnd());
    };
    const onEnd = (thrown: Error | null) => {
      const error = failure === undefined ? thrown : new Error(failure);
      if (error) reject(error);
      else resolve();
    };
    engine.modem.followProgress(stream, onEnd, onEvent);
  });
}

/**
 * Removes the layers of a build that came to no end: those without a name and without a child that has one.
 * The engine goes on for a moment with a build that was stopped.
 */
async function removeUnfinished(engine: Engine, kind: string): Promise<void> {
  const label = [`${IMAGE_LABEL}=${kind}`];
  const look = async () => {
    const containers = await engine.listContainers({ all: true, filters: { label } });
    const step = containers.find(({ Image }) => UNNAMED.test(Image));
    if (step !== undefined) return notYet(`a step of it is under way: ${step.Command}`);
    const filters = JSON.stringify({ dangling: ['true'], label });
    const { ImagesDeleted } = await engine.pruneImages({ filters });
    return ImagesDeleted?.length ? notYet('more may come') : done(undefined);
  };
  await until('nothing of the build is left', look, { timeoutMs: END_TIMEOUT_MS }).catch(() => {
    // The build's own error is the one to be told; the next build that fails tries again.
  });
}

/** Docker hands these on to a build without the Dockerfile naming them, and not into the image. */
function proxiesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const named = PROXY_VARIABLES.flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(named.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function hintFor(said: readonly string[]): string {
  if (said.some((line) => DISK_FULL.test(line)))
    return 'free disk space where Docker keeps its data; see what takes it: docker system df';
  return 'the packages come from a Debian mirror: see that containers reach it, then run the drill again';
}
