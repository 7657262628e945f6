import { join } from 'node:path';
import { describeEnding, lastLines, run } from '../../exec/run.ts';
import { DrillError, messageOf } from '../../support/errors.ts';
import { packageRoot } from '../../support/package-root.ts';
import { type BuildOptions, follow } from './build-image.ts';
import type { Engine } from './engine.ts';

/** The published image that ours are built on; the Dockerfiles name the same. */
export const BASE_IMAGE = 'debian:12-slim';

const MAKE_TIMEOUT_MS = 10 * 60_000;
const script = join(packageRoot, 'ci/images/debootstrap-base.sh');

/**
 * Sees to it that the base is there: present, else from its registry, else made by debootstrap.
 * @param scratch a folder for what is thrown away.
 * @throws DrillError (environment) with why each way was not possible.
 */
export async function ensureBase(
  engine: Engine,
  scratch: string,
  options: BuildOptions,
): Promise<void> {
  if (await hasImage(engine, BASE_IMAGE)) return;
  const notPulled = await whyNotPulled(engine, options);
  if (notPulled === undefined) return;
  if (options.signal?.aborted) throw problem(notPulled, 'interrupted');
  const obstacle = await whyNotMakeable();
  if (obstacle !== undefined) throw problem(`${notPulled}; and to make it here ${obstacle}`);
  options.say(`no registry has ${BASE_IMAGE} for us; debootstrap makes it`);
  const made = await run('bash', [script, BASE_IMAGE, scratch], {
    timeoutMs: MAKE_TIMEOUT_MS,
    signal: options.signal,
    onErrorLine: options.say,
  });
  if (made.exitCode === 0) return;
  if (options.signal?.aborted) throw problem('stopped', 'interrupted');
  throw problem(
    `${notPulled}; debootstrap: ${describeEnding(made)}`,
    'environment',
    lastLines(made.stderr, 12),
  );
}

export async function hasImage(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.getImage(name).inspect();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 404)
      return false;
    throw thrown;
  }
}

async function whyNotPulled(engine: Engine, options: BuildOptions): Promise<string | undefined> {
  options.say(`pull ${BASE_IMAGE}`);
  const abort = options.signal === undefined ? {} : { abortSignal: options.signal };
  try {
    await follow(engine, await engine.pull(BASE_IMAGE, abort), options.say);
    return undefined;
  } catch (thrown) {
    return `it cannot be pulled: ${messageOf(thrown)}`;
  }
}

/** What keeps this machine from making the base; undefined when nothing does. */
export async function whyNotMakeable(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'you must be root';
  for (const program of ['debootstrap', 'docker']) {
    const { problem: missing } = await run(program, ['--version'], { timeoutMs: 10_000 });
    if (missing !== undefined) return `${program} is missing`;
  }
  return undefined;
}

function problem(
  happened: string,
  kind: 'environment' | 'interrupted' = 'environment',
  output?: string,
): DrillError {
  return new DrillError({
    kind,
    attempted: `get the base image ${BASE_IMAGE}`,
    happened,
    output,
    hint:
      kind === 'interrupted'
        ? undefined
        : `docker pull ${BASE_IMAGE}, or once as root: sudo apt-get install -y debootstrap && sudo ${script} ${BASE_IMAGE}`,
  });
}
