import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runOrThrow } from '../../../harness/exec/run.ts';
import { ensureNodeImage } from '../../../harness/targets/kind/node-image.ts';
import { cacheFolder } from '../../../harness/toolchain/cache.ts';
import { resolveToolchain } from '../../../harness/toolchain/toolchain.ts';
import { drill, type Workplace, workplace } from '../process/kubedrill.ts';
import { requireTarget } from '../required.ts';
import { leftOf } from './left-of.ts';
import { skipUnlessNightly } from './selection.ts';

await requireTarget('kind');

const DRILL = ['kubeadm-data-loss', '--objects', '20'];
const TIMEOUT_MS = 15 * 60_000;

/** Runs the drill where it cannot. @returns why it says so, once it has left nothing but its folder. */
async function refused(place: Workplace, args: string[], env: Record<string, string> = {}) {
  const { ended, record } = await drill(place, [...DRILL, ...args], env);
  const [first] = record.drills;
  expect(ended.exitCode, first?.reason).toBe(3);
  expect(first?.verdict).toBe('error');
  expect(await leftOf(record.runId)).toEqual([]);
  return { reason: first?.reason, directory: first?.evidence ?? '' };
}

describe('where no kind cluster can be had', () => {
  test('for want of Docker, it is said before anything is made', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using place = await workplace();
    const dead = { DOCKER_HOST: `unix://${place.directory}/nobody.sock` };
    const { reason } = await refused(place, [], dead);
    expect(reason).toContain('there is no such socket');
  });

  test('for want of kind, each way to get it is told', { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const { reason } = await refused(place, [], await withoutKind(place));
    expect(reason).toMatch(/kind 0\.30/);
  });

  test('for want of the image, it is named', { timeout: TIMEOUT_MS }, async () => {
    await using place = await workplace();
    const { reason } = await refused(place, ['--image', 'nosuch.invalid/node:v1']);
    expect(reason).toContain('get the node image nosuch.invalid/node:v1');
  });

  test('because a node never becomes Ready, its kubelet is quoted and its logs are kept', {
    timeout: TIMEOUT_MS,
  }, async (context) => {
    skipUnlessNightly(context);
    await using place = await workplace();
    const { reason, directory } = await refused(place, ['--image', await imageWithoutNetwork()]);
    expect(reason).toContain('make the nodes of the kind cluster ready');
    expect(reason).toContain('cni plugin not initialized');
    const nodes = await readdir(join(directory, 'logs'));
    const kubelets = nodes.map((node) => join(directory, 'logs', node, 'kubelet.log'));
    expect(kubelets.filter((file) => existsSync(file))).toHaveLength(1);
  });
});

/** A cache with every tool but kind, on a machine that can neither build nor download it. */
async function withoutKind({ directory }: Workplace): Promise<Record<string, string>> {
  const cache = join(directory, 'cache');
  const from = join(cacheFolder(process.env), 'toolchain');
  await mkdir(join(cache, 'toolchain'), { recursive: true });
  for (const entry of await readdir(from)) {
    if (entry.startsWith('kind-')) continue;
    await symlink(join(from, entry), join(cache, 'toolchain', entry));
  }
  return {
    KUBEDRILL_CACHE: cache,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    GOPROXY: 'off',
    https_proxy: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
}

/** Our node image, whose network for pods is never set up. */
async function imageWithoutNetwork(): Promise<string> {
  const toolchain = await resolveToolchain({
    etcd: '3.6',
    kubernetes: '1.36',
    controllers: true,
    dns: false,
  });
  const { kubernetes } = toolchain;
  if (!kubernetes) throw new Error('no Kubernetes was asked for');
  const image = await ensureNodeImage({ ...toolchain, kubernetes }, { onProgress: () => {} });
  const nothing =
    'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: no-network, namespace: kube-system}\\n';
  const name = 'kubedrill-kind-node:without-network';
  await runOrThrow('build an image without a network', 'docker', ['build', '--tag', name, '-'], {
    timeoutMs: 120_000,
    input: `FROM ${image}\nRUN printf '${nothing}' >/kind/manifests/default-cni.yaml\n`,
  });
  return name;
}
