import { describe, expect, test } from 'vitest';
import { run } from '../../../harness/exec/run.ts';
import { loadMatrix } from '../../../harness/toolchain/matrix.ts';
import { resolveProduct } from '../../../harness/toolchain/resolve.ts';
import { resolveToolchain, toolchainSchema } from '../../../harness/toolchain/toolchain.ts';
import { familyOf, versionIn } from '../../../harness/toolchain/versions.ts';

const matrix = loadMatrix();
const families = Object.entries(matrix.tests).flatMap(([product, names]) =>
  names.map((family) => ({ product, family })),
);
/** For a machine whose cache is still empty: `npm test` fills it before. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

describe.each(families)('$product $family', ({ product, family }) => {
  test('each tool says that it is of this family', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const tools = await resolveProduct(product, family);
    const recipes = matrix.products[product]?.tools ?? [];
    expect(tools.map((each) => each.tool)).toEqual(recipes.map((each) => each.name));
    for (const { tool, version, path } of tools) {
      const words = recipes.find((each) => each.name === tool)?.version ?? [];
      const said = await run(path, words, { timeoutMs: 15_000 });
      expect(versionIn(said.stdout), path).toBe(version);
      expect(familyOf(version), path).toBe(family);
    }
  });
});

describe('a toolchain for a drill', () => {
  test('survives JSON, names every program and says where it came from', async () => {
    const toolchain = await resolveToolchain({ etcd: '3.6' });
    expect(toolchainSchema.parse(JSON.parse(JSON.stringify(toolchain)))).toEqual(toolchain);
    const { etcd, kubernetes, sources } = toolchain;
    const paths = [etcd.etcd, etcd.etcdctl, etcd.etcdutl];
    if (kubernetes === undefined) throw new Error('no Kubernetes by default');
    paths.push(kubernetes.kubeApiserver, kubernetes.kubectl);
    paths.push(kubernetes.kubeControllerManager ?? '', kubernetes.kubeScheduler ?? '');
    expect(sources.map((each) => each.path).toSorted()).toEqual(paths.toSorted());
  });

  test('has no Kubernetes when none is asked for, and no controllers when they are not', async () => {
    expect((await resolveToolchain({ kubernetes: 'none' })).kubernetes).toBeUndefined();
    const { kubernetes } = await resolveToolchain({ controllers: false });
    expect(kubernetes?.kubeScheduler).toBeUndefined();
    expect(kubernetes?.kubeApiserver).toMatch(/kube-apiserver$/);
  });

  test('is refused for a version that nobody knows, before anything is built', async () => {
    const refused = resolveToolchain({ etcd: '3.6', kubernetes: '1.99' });
    await expect(refused).rejects.toMatchObject({ kind: 'usage' });
  });
});
