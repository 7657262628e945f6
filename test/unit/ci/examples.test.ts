import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { wholeProgram } from '../../../harness/cli/program.ts';
import { run } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const folder = join(packageRoot, 'ci/examples');

const githubSchema = z.object({
  on: z.object({ schedule: z.array(z.object({ cron: z.string() })).min(1) }),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })).min(1),
    }),
  ),
});

const gitlabSchema = z.record(
  z.string(),
  z.object({
    image: z.string(),
    before_script: z.array(z.string()),
    script: z.array(z.string()).min(1),
    artifacts: z.object({ when: z.literal('always'), reports: z.object({ junit: z.string() }) }),
  }),
);

function scriptsOf(file: string): string[] {
  const document = parseDocument(readFileSync(join(folder, file), 'utf8'));
  expect(document.errors).toEqual([]);
  if (file.startsWith('github'))
    return Object.values(githubSchema.parse(document.toJS()).jobs).flatMap(({ steps }) =>
      steps.flatMap((step) => step.run ?? []),
    );
  return Object.values(gitlabSchema.parse(document.toJS())).flatMap((job) => [
    ...job.before_script,
    ...job.script,
  ]);
}

const files = readdirSync(folder);
const commands = files.flatMap((file) =>
  scriptsOf(file).flatMap((script) =>
    [...script.replaceAll('\\\n', ' ').matchAll(/^kubedrill (.*?)(?: \|\| .*)?$/gm)].map(
      ([, words = '']) => ({ file, words: words.split(/\s+/) }),
    ),
  ),
);

describe('the example pipelines', () => {
  test.each(files)('%s holds only scripts that a shell can parse', async (file) => {
    for (const script of scriptsOf(file)) {
      const checked = await run('bash', ['-n', '-c', script], { timeoutMs: 10_000 });
      expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  test('verify a backup and run a drill, each', () => {
    for (const file of files) {
      const verbs = commands.filter((each) => each.file === file).map(({ words }) => words[0]);
      expect(verbs).toEqual(['verify', 'run']);
    }
  });

  test.each(commands)(
    '$file: kubedrill $words is a command line that kubedrill has',
    async ({ words }) => {
      const [verb, ...rest] = words;
      const command = (await wholeProgram()).commands.find((each) => each.name() === verb);
      const flags = rest.filter((word) => word.startsWith('--'));
      expect(flags.length).toBeGreaterThan(0);
      expect(command?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags));
    },
  );
});
