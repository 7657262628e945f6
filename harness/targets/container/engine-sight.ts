import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf } from '../../support/errors.ts';
import { BASE_IMAGE, hasImage, whyNotMakeable } from './base-image.ts';
import { connectEngine, type Engine } from './engine.ts';
import { foreseeReach, type Reach } from './reachability.ts';

/** What `doctor` tells of the container engine. */
export interface EngineSight {
  version: string;
  cgroupVersion: string;
  memoryBytes: number;
  /** Why a privileged container cannot start; undefined when nothing is known to stop it. */
  unprivileged: string | undefined;
  base: BaseSight;
  reach: Reach;
}

/** How a container host's base image would be come by. */
export type BaseSight =
  | { from: 'here' | 'registry' | 'debootstrap' }
  | { from: 'nowhere'; reasons: string[] };

/** Of `GET /info`, Docker Engine API 1.41. */
const infoSchema = z.looseObject({
  ServerVersion: z.string(),
  CgroupVersion: z.string().default('1'),
  MemTotal: z.number(),
  DefaultRuntime: z.string().default('runc'),
  OperatingSystem: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
});

const REGISTRY_TIMEOUT_MS = 10_000;
const CAP_SYS_RESOURCE = 24n;

/** Looks at the engine and changes nothing. @throws DrillError (environment) when none answers. */
export async function examineEngine(env: NodeJS.ProcessEnv): Promise<EngineSight> {
  const engine = await connectEngine(env);
  const info = infoSchema.parse(await engine.info());
  const strict = env.DOCKER_HOST === undefined && info.DefaultRuntime === 'runc';
  return {
    version: info.ServerVersion,
    cgroupVersion: info.CgroupVersion,
    memoryBytes: info.MemTotal,
    unprivileged:
      strict && !(await mayHaveResources())
        ? 'CAP_SYS_RESOURCE is missing here, and runc insists on it'
        : undefined,
    base: await examineBase(engine),
    reach: foreseeReach(info, process.platform, env.DOCKER_HOST),
  };
}

async function examineBase(engine: Engine): Promise<BaseSight> {
  if (await hasImage(engine, BASE_IMAGE)) return { from: 'here' };
  const reasons: string[] = [];
  try {
    // Asks the registry and pulls nothing.
    const abortSignal = AbortSignal.timeout(REGISTRY_TIMEOUT_MS);
    await engine.getImage(BASE_IMAGE).distribution({ abortSignal });
    return { from: 'registry' };
  } catch (thrown) {
    reasons.push(`not pullable: ${messageOf(thrown)}`);
  }
  const obstacle = await whyNotMakeable();
  if (obstacle === undefined) return { from: 'debootstrap' };
  return { from: 'nowhere', reasons: [...reasons, `to make it ${obstacle}`] };
}

/** Whether the bounding set has the capability; yes where there is no such set to read. */
async function mayHaveResources(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}
