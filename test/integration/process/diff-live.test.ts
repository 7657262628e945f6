import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { packageRoot } from '../../../harness/support/package-root.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { withEtcd } from '../../bench/snapshot-maker.ts';

const bin = join(packageRoot, 'harness/cli/bin.mjs');
const TIMEOUT_MS = 120_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubedrill-diff-live-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function kubedrill(...args: string[]) {
  return run(process.execPath, [bin, ...args], { timeoutMs: TIMEOUT_MS });
}

async function diff(...args: string[]) {
  const { exitCode, stdout, stderr } = await kubedrill('diff', ...args, '--json');
  return { exitCode, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) };
}

describe('kubedrill diff and baseline with a live etcd', { timeout: TIMEOUT_MS }, () => {
  test('says what a restore would lose, bring back and undo', async () => {
    const tools = await resolveProduct('etcd', '3.6');
    const etcd = tools.find(({ tool }) => tool === 'etcd')?.path ?? 'etcd';
    await withEtcd(etcd, folder, async (member) => {
      const put = (namespace: string, name: string, data: string) =>
        member.put(
          `/registry/configmaps/${namespace}/${name}`,
          JSON.stringify({
            kind: 'ConfigMap',
            apiVersion: 'v1',
            metadata: { namespace, name },
            data: { a: data },
          }),
        );
      for (let index = 0; index < 1200; index += 1) await put('bulk', `c-${index}`, 'same');
      await put('shop', 'edited', 'old');
      await put('shop', 'deleted', 'old');
      const binding = {
        kind: 'ClusterRoleBinding',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name: 'contractor' },
      };
      await member.put('/registry/clusterrolebindings/contractor', JSON.stringify(binding));
      const snapshot = join(folder, 'snapshot.db');
      await member.snapshot(snapshot);
      const endpoint = ['--endpoint', `http://${member.endpoint.replace(/^https?:\/\//, '')}`];
      expect(await diff('live', snapshot, ...endpoint)).toMatchObject({ exitCode: 0 });
      const baseline = join(folder, 'baseline.json');
      const allow = ['--allow', 'namespace-missing'];
      expect(await kubedrill('baseline', 'live', ...endpoint, '--out', baseline)).toMatchObject({
        exitCode: 0,
        stdout: '',
      });
      expect(await kubedrill('verify', snapshot, '--baseline', baseline, ...allow)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('TRUSTED'),
      });
      await put('shop', 'edited', 'new');
      await put('shop', 'new', 'new');
      await member.delete('/registry/configmaps/shop/deleted');
      await member.delete('/registry/clusterrolebindings/contractor');
      expect(await diff('live', snapshot, ...endpoint)).toMatchObject({
        exitCode: 1,
        lost: [{ object: { name: 'new' } }],
        resurrected: [{ object: { name: 'contractor' } }, { object: { name: 'deleted' } }],
        restoreDangers: [{ code: 'rights-given-again', objects: [{ name: 'contractor' }] }],
        reverted: [{ object: { name: 'edited' } }],
        added: [],
        divergentKeys: [],
      });
    });
  });

  test('asks for the endpoint', async () => {
    expect(await diff('live', 'live')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--endpoint'),
    });
    expect(await kubedrill('baseline', 'live')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
