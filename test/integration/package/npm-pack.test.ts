import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, runOrThrow } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';

const TIMEOUT_MS = 60_000;
const PAGE_BYTES = 4096;
/** From here on a thread of its own hashes the file. */
const LARGE_BYTES = 40 << 20;

let folder = '';
let installed = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubedrill-package-'));
  const pack = ['pack', '--silent', '--pack-destination', folder];
  await runOrThrow('pack kubedrill', 'npm', pack, { cwd: packageRoot, timeoutMs: TIMEOUT_MS });
  const [tarball = ''] = readdirSync(folder);
  const unpack = ['-xzf', join(folder, tarball), '-C', folder];
  await runOrThrow('unpack the package', 'tar', unpack, { timeoutMs: TIMEOUT_MS });
  installed = join(folder, 'package');
  symlinkSync(join(packageRoot, 'node_modules'), join(installed, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function kubedrill(...args: string[]) {
  const { exitCode, stdout, stderr } = await run(
    process.execPath,
    [join(installed, 'dist', 'bin.cjs'), ...args],
    { timeoutMs: TIMEOUT_MS, cwd: folder, env: { NO_COLOR: '1', FORCE_COLOR: undefined } },
  );
  return { exitCode, stdout, stderr };
}

test('the package judges a snapshot as the sources do', async () => {
  const file = join(packageRoot, 'test/fixtures/snapshots/p04-kubeadm-single-3.6.db');
  const sources = join(packageRoot, 'harness/cli/bin.mjs');
  const args = ['verify', file, '--as-of', '2026-11-20T15:43:00Z', '--json'];
  const expected = await runOrThrow('verify', process.execPath, [sources, ...args], {
    timeoutMs: TIMEOUT_MS,
  });
  const seen = await kubedrill(...args);
  expect(seen.stderr).toBe('');
  expect(JSON.parse(seen.stdout)).toEqual(JSON.parse(expected.stdout));
});

test('the package hashes a large file in a thread, whose program it finds', async () => {
  const body = Buffer.alloc(LARGE_BYTES);
  body.write('no page of etcd', PAGE_BYTES);
  const file = join(folder, 'large.db');
  writeFileSync(file, Buffer.concat([body, createHash('sha256').update(body).digest()]));
  const { exitCode, stdout } = await kubedrill('verify', file, '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).snapshots[0].sha256).toEqual({ present: true, valid: true });
});

test('the package has the scenarios, the runbooks and what a host is made of', async () => {
  const listed = await kubedrill('list', '--json');
  expect(listed.stderr).toBe('');
  const names = JSON.parse(listed.stdout).scenarios.map(({ name }: { name: string }) => name);
  expect(names).toContain('quorum-loss');
  const planned = await kubedrill('run', 'quorum-loss', '--dry-run');
  expect(planned.exitCode, planned.stderr).toBe(0);
  expect(planned.stdout).toContain('restore-all-members');
});

/** `join(packageRoot, 'ci', 'toolchain')` → `ci/toolchain` */
function filesReadAtRunTime(): string[] {
  const sources = readdirSync(join(packageRoot, 'harness'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(packageRoot, 'harness', name), 'utf8'));
  return sources
    .flatMap((text) => [...text.matchAll(/join\(packageRoot,\s*((?:'[^']+'[,\s]*)+)\)/g)])
    .map(([, parts = '']) => [...parts.matchAll(/'([^']+)'/g)].map(([, part]) => part).join('/'));
}

test('the package has every file that its code looks for', () => {
  const files = filesReadAtRunTime();
  expect(files).toContain('ci/toolchain');
  expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
});
