import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, runOrThrow } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { namespacesForbidden } from '../../../harness/targets/process/world.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { withEtcd } from '../../bench/snapshot-maker.ts';

const TIMEOUT_MS = 180_000;
const fixtures = fileURLToPath(new URL('../../fixtures/snapshots/', import.meta.url));
const bin = join(packageRoot, 'harness/cli/bin.mjs');
const forbidden = await namespacesForbidden();

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-boot-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function verify(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await run(
    process.execPath,
    [bin, 'verify', file, '--boot', '--json', ...args],
    { timeoutMs: TIMEOUT_MS, env: { TMPDIR: folder, ...env } },
  );
  const document = stdout === '' ? null : JSON.parse(stdout);
  const findings: { code: string; message: string; objects: { name: string }[] }[] =
    document?.snapshots[0]?.findings ?? [];
  const boot = findings.filter(({ code }) => code.startsWith('boot-'));
  return { exitCode, stderr, boot };
}

/** p03 with one ConfigMap in it that no API server can decode, saved by a real etcd. */
async function tornSnapshot(): Promise<string> {
  const tools = await resolveProduct('etcd', '3.6');
  const path = (name: string) => tools.find(({ tool }) => tool === name)?.path ?? name;
  const data = join(folder, 'data');
  const original = join(fixtures, 'p03-apiserver-only-3.6.db');
  const args = ['snapshot', 'restore', original, `--data-dir=${data}`];
  await runOrThrow('restore', path('etcdutl'), args, { timeoutMs: 60_000 });
  const file = join(folder, 'torn.db');
  const torn = Buffer.from(
    'k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x06\n\x7f\x01\x02\x03\x04',
    'latin1',
  );
  await withEtcd(
    path('etcd'),
    join(folder, 'etcd'),
    async (member) => {
      await member.put('/registry/configmaps/kube-system/torn', torn);
      await member.snapshot(file);
    },
    data,
  );
  return file;
}

describe.skipIf(forbidden !== undefined)('verify --boot', { timeout: TIMEOUT_MS }, () => {
  test('lists every object of a good snapshot through a real API server', async () => {
    const file = join(fixtures, 'p05-workload-3.6.db');
    const { boot, exitCode } = await verify(file, ['--as-of', '2026-11-20T16:31:58Z']);
    expect(boot.map(({ code }) => code)).toEqual(['boot-listed']);
    expect(exitCode).toBe(4);
  });

  test('names the one object that makes its whole resource unlistable', async () => {
    const { boot, exitCode } = await verify(await tornSnapshot());
    expect(boot.map(({ code }) => code)).toEqual(['boot-unlistable', 'boot-listed']);
    expect(boot[0]?.message).toContain('v1/configmaps cannot be listed');
    expect(boot[0]?.objects).toMatchObject([{ name: 'torn' }]);
    expect(exitCode).toBe(1);
  });

  test('rejects what etcd refuses', async () => {
    const { boot, exitCode } = await verify(join(fixtures, 'd01-flip-in-value.db'));
    expect(boot.map(({ code }) => code)).toEqual(['boot-etcd-failed']);
    expect(exitCode).toBe(1);
  });

  test('leaves nothing behind', async () => {
    const left = (await readdir(folder)).filter((name) => name.startsWith('kubedrill-boot-'));
    expect(left).toEqual([]);
  });
});

describe('verify --boot where namespaces are forbidden', () => {
  test('is not possible, and says so with exit code 3', { timeout: TIMEOUT_MS }, async () => {
    const file = join(fixtures, 'p03-apiserver-only-3.6.db');
    const { exitCode, stderr } = await verify(file, [], { KUBEDRILL_NAMESPACES: 'off' });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('kubedrill doctor');
  });
});
