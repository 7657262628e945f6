import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeEnding, lastLines, run, runOrThrow } from '../../exec/run.ts';
import { fillIn } from '../matrix.ts';
import { reportStep } from '../progress.ts';
import type { Maker, Workplace } from './source.ts';

const PULL_TIMEOUT_MS = 10 * 60_000;

/** The official image: a container is made from it, never started, and the program copied out. */
export const image: Maker = {
  kind: 'maker',
  name: 'image',

  async obstacle(tools, wanted, at) {
    if (process.platform !== 'linux') return 'images hold programs for Linux';
    if (wanted.recipe.image === undefined) return `no official image of ${wanted.product}`;
    const without = tools.find((tool) => tool.pathInImage === undefined);
    if (without) return `no official image has ${without.name}`;
    const answer = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeoutMs: 10_000,
      env: at.env,
      signal: at.signal,
    });
    if (answer.exitCode === 0) return undefined;
    if (answer.problem === 'no such program') return 'Docker is not installed';
    return `Docker does not answer: ${lastLines(answer.stderr, 1) || describeEnding(answer)}`;
  },

  async make(tools, wanted, at) {
    const template = wanted.recipe.image ?? '';
    const byImage = Map.groupBy(tools, (tool) => fillIn(template, wanted.version, tool.name));
    for (const [name, toolsOfImage] of byImage) {
      await reportStep(`pull ${name}`, at, () => docker(['pull', '--quiet', name], at));
      const container = `kubedrill-toolchain-${randomBytes(6).toString('hex')}`;
      try {
        await docker(['create', '--name', container, name, 'never-started'], at);
        for (const tool of toolsOfImage) {
          const file = join(at.staging, tool.name);
          await docker(['cp', '--follow-link', `${container}:${tool.pathInImage ?? ''}`, file], at);
          await at.finish(tool, file);
        }
      } finally {
        await run('docker', ['rm', '--force', container], { timeoutMs: 30_000, env: at.env });
      }
    }
  },
};

function docker(args: string[], at: Workplace) {
  return runOrThrow(`docker ${args[0]}`, 'docker', args, {
    kind: 'environment',
    timeoutMs: PULL_TIMEOUT_MS,
    env: at.env,
    signal: at.signal,
  });
}
