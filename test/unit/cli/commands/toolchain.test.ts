import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { collectTool } from '../../../../harness/cli/commands/toolchain.ts';
import { run } from '../../../../harness/exec/run.ts';
import { packageRoot } from '../../../../harness/support/package-root.ts';

// Each test starts a kubedrill, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let cache = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kubedrill-cache-'));
});
afterEach(() => rm(cache, { recursive: true }));

/** With an empty cache and nothing in PATH, so that the outlook does not depend on this machine. */
function toolchain(...words: string[]) {
  const bin = join(packageRoot, 'harness', 'cli', 'bin.mjs');
  return run(process.execPath, [bin, 'toolchain', ...words], {
    timeoutMs: 50_000,
    env: { KUBEDRILL_CACHE: cache, PATH: cache },
  });
}

const documentSchema = z.object({
  schemaVersion: z.literal(1),
  tools: z.array(
    z.object({
      tool: z.string(),
      version: z.string(),
      source: z.string().nullable(),
      path: z.string().nullable(),
      passedOver: z.array(z.object({ source: z.string(), reason: z.string() })),
    }),
  ),
});

test('list says of every tool where it would come from, and why not from elsewhere', async () => {
  const said = await toolchain('list', '--json');
  expect(said.exitCode, said.stderr).toBe(0);
  const { tools } = documentSchema.parse(JSON.parse(said.stdout));
  expect(tools.filter((each) => each.tool === 'etcd')).toHaveLength(3);
  const [first] = tools;
  expect(first?.passedOver.map((each) => each.source)).toContain('release');
  expect(await readdir(cache)).toEqual([]);
});

test('list as a table gives each reason once, with the number of tools', async () => {
  const said = await toolchain('list');
  expect(said.stdout).toMatch(/^kube-apiserver +1\.36\.\d+ /m);
  expect(said.stdout.match(/PATH: not in PATH/g)).toHaveLength(1);
});

test('install of a version that nobody knows is a usage error with the likeliest one', async () => {
  const said = await toolchain('install', '--etcd', '3.66');
  expect(said.exitCode).toBe(2);
  expect(said.stderr).toContain('did you mean 3.6?');
});

test('install where nothing can be had says what to install, with exit code 3', async () => {
  const said = await toolchain('install', '--kubernetes', 'none');
  expect(said.exitCode, said.stderr).toBe(3);
  expect(said.stderr).toContain('go: Go is not installed');
  expect(said.stdout).toBe('');
});

test('--tool words are gathered, and one without a path is refused', () => {
  const one = collectTool('etcd=/opt/a=b/etcd');
  expect(collectTool('kubectl=k', one)).toEqual({ etcd: '/opt/a=b/etcd', kubectl: 'k' });
  expect(() => collectTool('etcd')).toThrow('NAME=PATH');
});
